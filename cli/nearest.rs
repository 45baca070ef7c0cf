//! The nearest spelling, for "did you mean".

/// The candidate that differs least from `name`, if it is near enough to be a misspelling of it: a third of its length,
/// at least one edit. Case does not count. Of equals the first wins.
pub fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let wanted: Vec<char> = name.chars().flat_map(char::to_lowercase).take(LENGTH_MAX).collect();
    let limit = (wanted.len() / 3).max(1);
    candidates
        .into_iter()
        .map(|candidate| {
            let chars: Vec<char> = candidate.chars().flat_map(char::to_lowercase).take(LENGTH_MAX).collect();
            (distance(&wanted, &chars), candidate)
        })
        .filter(|(distance, _)| *distance <= limit)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// Longer names are compared by their beginning, so that a hostile one costs nothing.
const LENGTH_MAX: usize = 64;

/// Damerau-Levenshtein distance, restricted: a swap of neighbours is one edit.
fn distance(a: &[char], b: &[char]) -> usize {
    let mut rows = [vec![0; b.len() + 1], (0..=b.len()).collect::<Vec<_>>(), vec![0; b.len() + 1]];
    for (i, x) in a.iter().enumerate() {
        let [two_before, before, row] = &mut rows;
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let mut best = (before[j] + usize::from(x != y)).min(before[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && x == &b[j - 1] && y == &a[i - 1] {
                best = best.min(two_before[j - 1] + 1);
            }
            row[j + 1] = best;
        }
        rows.rotate_left(1);
    }
    rows[1][b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn misspellings_find_their_word() {
        let words = ["name", "database", "country"];
        assert_eq!(nearest("nmae", words), Some("name"));
        assert_eq!(nearest("databse", words), Some("database"));
        assert_eq!(nearest("Country", words), Some("country"));
        assert_eq!(nearest("colour", words), None);
        assert_eq!(nearest("", words), None);
    }
}
