//! The nearest spelling.

/// Longer names are not compared: nobody mistypes them by a letter or two and is helped by a guess.
const NAME_CHARS_MAX: usize = 64;

/// The candidate that was most likely meant, if one is near: at most a third of the letters differ, counting a swap of
/// neighbours as one difference. Among equally near ones that with the same letters, else the first in the alphabet.
pub(crate) fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let wanted: Vec<char> = name.chars().flat_map(char::to_lowercase).take(NAME_CHARS_MAX + 1).collect();
    if wanted.is_empty() || wanted.len() > NAME_CHARS_MAX {
        return None;
    }
    let limit = (wanted.len() / 3).max(1);
    let sorted = |letters: &[char]| {
        let mut letters = letters.to_vec();
        letters.sort_unstable();
        letters
    };
    let own = sorted(&wanted);
    let mut best: Option<(usize, bool, &str)> = None;
    for candidate in candidates {
        if candidate == name || candidate.len() > NAME_CHARS_MAX * 4 {
            continue;
        }
        let letters: Vec<char> = candidate.chars().flat_map(char::to_lowercase).collect();
        if letters.len().abs_diff(wanted.len()) > limit {
            continue;
        }
        let distance = distance(&wanted, &letters);
        let other = letters.len() != wanted.len() || sorted(&letters) != own;
        let nearer = best.is_none_or(|best| (distance, other, candidate) < best);
        // One letter may stand for anything: nothing is near it but itself in another case.
        if distance <= limit && nearer && (wanted.len() > 1 || distance == 0) {
            best = Some((distance, other, candidate));
        }
    }
    best.map(|(.., candidate)| candidate)
}

/// Optimal string alignment: insertions, deletions, replacements and swaps of neighbours.
fn distance(left: &[char], right: &[char]) -> usize {
    let width = right.len() + 1;
    let mut before: Vec<usize> = vec![0; width];
    let mut above: Vec<usize> = (0..width).collect();
    let mut row: Vec<usize> = vec![0; width];
    for (i, from) in left.iter().enumerate() {
        row[0] = i + 1;
        for (j, to) in right.iter().enumerate() {
            let replaced = above[j] + usize::from(from != to);
            let mut least = replaced.min(above[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && *from == right[j - 1] && left[i - 1] == *to {
                least = least.min(before[j - 1] + 1);
            }
            row[j + 1] = least;
        }
        std::mem::swap(&mut before, &mut above);
        std::mem::swap(&mut above, &mut row);
    }
    above[width - 1]
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn the_nearest_name_is_found() {
        let names = ["contact", "conversation", "company", "id"];
        assert_eq!(nearest("contcat", names), Some("contact"));
        assert_eq!(nearest("Contact", names), Some("contact"));
        assert_eq!(nearest("conversaton", names), Some("conversation"));
        assert_eq!(nearest("compay", names), Some("company"));
        assert_eq!(nearest("ticket", names), None);
        assert_eq!(nearest("x", names), None);
        assert_eq!(nearest("", names), None);
        assert_eq!(nearest(&"a".repeat(1000), names), None);
    }

    #[test]
    fn of_equally_near_names_the_first_in_the_alphabet_is_taken() {
        assert_eq!(nearest("bat", ["hat", "cat"]), Some("cat"));
        assert_eq!(nearest("eru", ["ern", "eur"]), Some("eur"));
    }
}
