//! A table as a CRM exports it: what ten thousand people, three exports and one tired assistant make of it.

/// What importing a table must come to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Expected {
    /// Rows that make a new contact.
    pub imported: usize,
    /// Rows of a contact that was there already.
    pub merged: usize,
    /// Rows that are left out.
    pub refused: usize,
    /// Reasons given for them.
    pub reasons: usize,
}

const FIRST: &[&str] = &["Åse", "Bjørn", "Zoë", "José", "Łukasz", "Ada", "O'Neil", "渡辺"];
const LAST: &[&str] = &["Løvelace", "Müller", "d'Été", "Nuñez", "Smith \"Smitty\"", "Ødegård; Jr., III"];
const CITIES: &[&str] = &["Tromsø", "München", "", "São Paulo", "Kraków"];

/// Contacts `from..to`, each with its number `c0`, `c1` …, semicolons or commas between the cells, some rows twice, some
/// that cannot be read.
pub fn export(from: usize, to: usize, separator: char) -> (String, Expected) {
    let mut text = String::from("\u{feff}");
    let mut expected = Expected::default();
    let header = ["Record ID", "E-Mail", "First Name", "Last Name", "Phone number", "City", "Tags", "Last seen"];
    line(&mut text, separator, &header.map(str::to_owned));
    for number in from..to {
        let email = if number % 7 == 0 { String::new() } else { format!("Person.{number}@Example.COM") };
        // National notation: a Norwegian mobile number as people write it.
        let phone = if number % 3 == 0 {
            String::new()
        } else {
            format!("9{:02} {:02} {:03}", number / 97 % 90, 10 + number % 90, number % 1_000)
        };
        let row = [
            format!("c{number}"),
            email,
            FIRST[number % FIRST.len()].to_owned(),
            LAST[number % LAST.len()].to_owned(),
            phone,
            CITIES[number % CITIES.len()].to_owned(),
            if number % 11 == 0 { "vip, churn risk".to_owned() } else { String::new() },
            "a note\nof two lines".to_owned(),
        ];
        line(&mut text, separator, &row);
        expected.imported += 1;
        if number % 50 == 1 && !row[1].is_empty() {
            // The same person by the address, from another list: no number, another spelling.
            let mut again = row.clone();
            again[0].clear();
            again[1] = again[1].to_lowercase();
            again[4].clear();
            line(&mut text, separator, &again);
            expected.merged += 1;
        }
        if number % 200 == 3 {
            let mut wrong = row.clone();
            wrong[0] = format!("wrong{number}");
            wrong[1] = "not an address".to_owned();
            wrong[4] = "12".to_owned();
            line(&mut text, separator, &wrong);
            expected.refused += 1;
            expected.reasons += 2;
        }
        if number % 500 == 4 {
            line(&mut text, separator, &std::array::from_fn::<_, 8, _>(|_| String::new()));
        }
    }
    (text, expected)
}

fn line(text: &mut String, separator: char, cells: &[String]) {
    for (at, cell) in cells.iter().enumerate() {
        if at > 0 {
            text.push(separator);
        }
        if cell.contains([separator, '"', '\n']) {
            text.push_str(&format!("\"{}\"", cell.replace('"', "\"\"")));
        } else {
            text.push_str(cell);
        }
    }
    text.push_str("\r\n");
}
