//! What an answer says, without what it quotes.

/// How far a line that says who wrote what follows may be from it, in lines: long ones are broken.
const ATTRIBUTION_LINES: usize = 3;

/// Cuts off what is quoted at the end, with the line that says who wrote it, and a signature. What is quoted in between, and
/// answered line by line, stays. Whoever says nothing else is taken to say all of it.
pub fn without_quotes(text: &str) -> String {
    let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
    let mut end = lines.len();
    // What an old mail of Outlook begins with; all below is that mail.
    if let Some(at) = lines.iter().position(|line| is_divider(line)) {
        end = end.min(at);
    }
    if let Some(at) = (0..lines.len()).find(|at| is_head(&lines, *at)) {
        end = end.min(at);
    }
    end = without_quoted_end(&lines, end);
    // By RFC 3676: two dashes and a space, the space of which not every program keeps.
    if let Some(at) = lines.iter().take(end).position(|line| *line == "--") {
        end = at;
    }
    let said = lines.get(..end).unwrap_or_default().join("\n");
    let said = said.trim();
    if said.is_empty() { text.trim().to_owned() } else { said.to_owned() }
}

fn is_quoted(line: &str) -> bool {
    line.trim_start().starts_with('>')
}

/// Where lines that are quoted and reach to the end begin, and who wrote them is said.
fn without_quoted_end(lines: &[&str], end: usize) -> usize {
    let mut begin = end;
    let mut quoted = false;
    while let Some(line) = begin.checked_sub(1).and_then(|at| lines.get(at)) {
        match (is_quoted(line), line.is_empty()) {
            (true, _) => quoted = true,
            (false, true) => {}
            (false, false) => break,
        }
        begin -= 1;
    }
    if !quoted {
        return end;
    }
    // `On Mon, 1 Dec 2025 at 10:00, Ada <ada@example.com> wrote:`, in whatever language: it ends with a colon, and has a number
    // or an address in it.
    for back in 1..=ATTRIBUTION_LINES.min(begin) {
        let Some(said) = lines.get(begin - back..begin) else { break };
        if said.iter().any(|line| line.is_empty()) {
            break;
        }
        let whole = said.join(" ");
        let names_somebody = whole.contains('@') || whole.chars().any(|one| one.is_ascii_digit());
        if whole.ends_with(':')
            && names_somebody
            && (back == 1 || said.first().is_some_and(|line| begins_attribution(line)))
        {
            let one_line = back == 1 && begins_attribution(&whole);
            if one_line || back > 1 || !following_attribution(lines, begin) {
                return begin - back;
            }
        }
    }
    begin
}

/// Whether an attribution that is broken begins further up.
fn following_attribution(lines: &[&str], begin: usize) -> bool {
    (2..=ATTRIBUTION_LINES.min(begin)).any(|back| lines.get(begin - back).is_some_and(|line| begins_attribution(line)))
}

fn begins_attribution(line: &str) -> bool {
    const WORDS: &[&str] = &[
        "On ", "Am ", "Le ", "El ", "Il ", "Den ", "Op ", "Em ", "W dniu ", "Dne ", "På ", "Ons", "Tors", "Tirs", "Man",
    ];
    WORDS.iter().any(|word| line.starts_with(word))
}

fn is_divider(line: &str) -> bool {
    let bare = line.trim_matches(['-', ' ', '_']);
    let ruled = line.starts_with("-----") || line.starts_with("_____");
    const WORDS: &[&str] = &[
        "Original Message",
        "Ursprüngliche Nachricht",
        "Opprinnelig melding",
        "Message d'origine",
        "Mensaje original",
        "Forwarded message",
    ];
    ruled && WORDS.iter().any(|word| bare.eq_ignore_ascii_case(word))
}

/// Headers of an old mail, as Outlook writes them above it: who, when, to whom, what about.
fn is_head(lines: &[&str], at: usize) -> bool {
    const HEADS: &[[&str; 4]] = &[
        ["From:", "Sent:", "To:", "Subject:"],
        ["Von:", "Gesendet:", "An:", "Betreff:"],
        ["Fra:", "Sendt:", "Til:", "Emne:"],
        ["De :", "Envoyé :", "À :", "Objet :"],
        ["Från:", "Skickat:", "Till:", "Ämne:"],
    ];
    let begins = |offset: usize, word: &str| {
        lines.get(at + offset).is_some_and(|line| line.trim_start_matches(['*', ' ']).starts_with(word))
    };
    HEADS.iter().any(|[from, sent, to, subject]| {
        begins(0, from) && begins(1, sent) && begins(2, to) && (begins(3, subject) || begins(4, subject))
    })
}

#[cfg(test)]
mod tests {
    use super::without_quotes;

    #[test]
    fn what_is_quoted_at_the_end_is_cut_off() {
        for (text, said) in [
            (
                "Yes, please.\n\nOn Mon, 1 Dec 2025 at 10:00, Acme <hello@acme.example> wrote:\n> Shall we?\n>\n> Acme\n",
                "Yes, please.",
            ),
            (
                "Yes.\n\nOn Mon, 1 Dec 2025 at 10:00, Acme Customer Support of the North\n<hello@acme.example> wrote:\n\n> Shall we?",
                "Yes.",
            ),
            ("Ja, gjerne.\n\nDen man. 1. des. 2025 kl. 10:00 skrev Acme:\n> Skal vi?\n", "Ja, gjerne."),
            ("Ja\nAm 01.12.25 um 10:00 schrieb Acme:\n> Sollen wir?", "Ja"),
            ("Fine.\n-- \nAda Lovelace\n+47 21 00 00 00\n", "Fine."),
            ("Fine.\n\n-----Original Message-----\nFrom: Acme\nShall we?", "Fine."),
            (
                "Fine.\n\n________________________________\nFrom: Acme <hello@acme.example>\nSent: Monday\nTo: Ada\nSubject: Hi\n\nShall we?",
                "Fine.\n\n________________________________",
            ),
            ("> Shall we?\nYes.\n> When?\nNow.", "> Shall we?\nYes.\n> When?\nNow."),
            ("Two things:\n> quoted", "Two things:"),
            ("I have a question about order 42:\n\nwhere is it?", "I have a question about order 42:\n\nwhere is it?"),
            ("> only a quote", "> only a quote"),
            ("", ""),
            ("a - b\n--\nc", "a - b"),
        ] {
            assert_eq!(without_quotes(text), said, "{text:?}");
        }
    }
}
