//! The nearest spelling.

/// Longer names are not compared: nobody mistypes them by a letter or two and is helped by a guess.
const NAME_CHARS_MAX: usize = 64;

/// So many names are listed where all there are are told.
const LISTED_MAX: usize = 40;

/// Names with commas, the first ones of many.
pub(crate) fn few<S: AsRef<str>>(names: impl IntoIterator<Item = S>) -> String {
    let mut text = String::new();
    for (at, name) in names.into_iter().enumerate() {
        if at == LISTED_MAX {
            text.push_str(", …");
            break;
        }
        if at > 0 {
            text.push_str(", ");
        }
        text.push_str(name.as_ref());
    }
    text
}

/// The candidate that was most likely meant, if one is near: at most a third of the letters differ, counting a swap of
/// neighbours as one difference. Among equally near ones that with the same letters, else that which begins alike, else
/// the first in the alphabet.
pub(crate) fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let wanted: Vec<char> = name.chars().flat_map(char::to_lowercase).take(NAME_CHARS_MAX + 1).collect();
    if wanted.is_empty() || wanted.len() > NAME_CHARS_MAX {
        return None;
    }
    // One letter may stand for anything: nothing is near it but itself in another case.
    let mut limit = if wanted.len() > 1 { (wanted.len() / 3).max(1) } else { 0 };
    let sorted = |letters: &[char]| {
        let mut letters = letters.to_vec();
        letters.sort_unstable();
        letters
    };
    let own = sorted(&wanted);
    let mut best: Option<(usize, bool, bool, &str)> = None;
    let mut letters: Vec<char> = Vec::with_capacity(NAME_CHARS_MAX);
    let mut rows = Rows::default();
    for candidate in candidates {
        crate::effort::spent(1);
        let far = candidate.is_ascii() && candidate.len().abs_diff(wanted.len()) > limit;
        if far || candidate == name || candidate.len() > NAME_CHARS_MAX * 4 {
            continue;
        }
        letters.clear();
        letters.extend(candidate.chars().flat_map(char::to_lowercase));
        if letters.len().abs_diff(wanted.len()) > limit {
            continue;
        }
        let Some(distance) = rows.distance(&wanted, &letters, limit) else { continue };
        let other = letters.len() != wanted.len() || sorted(&letters) != own;
        let begins = letters.first() != wanted.first();
        if best.is_none_or(|best| (distance, other, begins, candidate) < best) {
            best = Some((distance, other, begins, candidate));
            // What is further away is not looked for any more.
            limit = distance;
        }
    }
    best.map(|(.., candidate)| candidate)
}

/// Three rows of the table of distances, used again for each candidate.
#[derive(Default)]
struct Rows {
    before: Vec<usize>,
    above: Vec<usize>,
    row: Vec<usize>,
}

impl Rows {
    /// Optimal string alignment: insertions, deletions, replacements and swaps of neighbours; nothing beyond the limit.
    fn distance(&mut self, left: &[char], right: &[char], limit: usize) -> Option<usize> {
        let width = right.len() + 1;
        let Rows { before, above, row } = self;
        for each in [&mut *before, &mut *row] {
            each.clear();
            each.resize(width, 0);
        }
        above.clear();
        above.extend(0..width);
        let mut least_above = 0;
        for (i, from) in left.iter().enumerate() {
            row[0] = i + 1;
            let mut least_here = row[0];
            for (j, to) in right.iter().enumerate() {
                let replaced = above[j] + usize::from(from != to);
                let mut least = replaced.min(above[j + 1] + 1).min(row[j] + 1);
                if i > 0 && j > 0 && *from == right[j - 1] && left[i - 1] == *to {
                    least = least.min(before[j - 1] + 1);
                }
                row[j + 1] = least;
                least_here = least_here.min(least);
            }
            // A swap reaches over one row.
            if least_here > limit && least_above > limit {
                return None;
            }
            least_above = least_here;
            std::mem::swap(before, above);
            std::mem::swap(above, row);
        }
        Some(above[width - 1]).filter(|distance| *distance <= limit)
    }
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
        assert_eq!(nearest("mn", ["in", "min"]), Some("min"));
    }
}
