//! What customers write about, in the words that they use for it: a small lexicon of English.
//!
//! A category says `refund`, and a customer says "I want my money back". Each concept has the words and turns of phrase that
//! speak of it; a category whose own words speak of a concept gets what customers say of it. Words are compared by
//! their stems, and in a turn of phrase other words may stand between: "have not got my money ever back".

use super::words::stem;
use std::sync::LazyLock;

/// Words between two of a turn of phrase, at most.
const GAP: usize = 2;
/// What stands for every way to say no.
const NOT: &str = "not";

/// Something that customers write about.
struct Concept {
    name: &'static str,
    /// What it counts: who asks for a refund speaks of payments, too, but that is not what is asked for.
    weight: u32,
    /// Whose it is where no category speaks of it.
    else_of: &'static [&'static str],
    /// Single words, separated by spaces.
    words: &'static str,
    /// Turns of phrase, separated by commas.
    phrases: &'static str,
}

/// What is looked for. `not` is every way to say no.
const CONCEPTS: &[Concept] = &[
    Concept {
        name: "refund",
        weight: 3,
        else_of: &["billing", "returns"],
        words: "refund refunds refunded reimburse reimbursement chargeback",
        phrases: "money back, my money returned, return my money, pay me back, paid back, credit me, credit my account, \
                  reverse charge, reverse payment, undo payment, want my money, cash back to me, give back the money",
    },
    Concept {
        name: "cancellation",
        weight: 3,
        else_of: &["billing", "account"],
        words: "cancel cancels cancelled canceled cancelling canceling cancellation unsubscribe terminate termination churn",
        phrases: "close account, delete account, deactivate account, shut account, remove account, stop subscription, end subscription, \
                  end contract, stop contract, stop plan, end plan, end trial, stop trial, stop membership, end membership, \
                  out of contract, opt out of plan, not renew, stop renewing, turn off renewal, switch off renewal, disable renewal, \
                  stop renewal, not want to continue, leave you, leaving you, quit your service, stop using, no longer need, \
                  no longer want, move to another provider, switching to another, switch to competitor",
    },
    Concept {
        name: "outage",
        weight: 2,
        else_of: &["bug", "technical"],
        words: "outage downtime offline unreachable unavailable 500 502 503 504 incident blackout dead",
        phrases: "is down, are down, was down, been down, went down, goes down, going down, seems down, looks down, appears down, \
                  still down, down again, down since, down for, not load, not loading, not reach, not respond, not connect, not available, \
                  stopped responding, timed out, times out, keeps timing out, gateway timeout, service interruption, \
                  nothing loads, white page, blank page, blank screen, white screen, nobody get in, none of us get in, not accessible, not come up, \
                  server error, status page, nothing works, everything stopped, whole site, entire site, \
                  spins forever, loads forever, loading forever",
    },
    Concept {
        name: "bug",
        weight: 2,
        else_of: &["technical", "outage"],
        words: "bug bugs buggy error errors crash crashes crashed crashing glitch broken exception freezes froze frozen faulty",
        phrases: "not work, stopped working, not save, not open, not show, nothing happens, wrong result, error message, goes wrong, went wrong, \
                  not display, not sync",
    },
    Concept {
        name: "feature",
        weight: 2,
        else_of: &["feedback", "sales"],
        words: "feature features enhancement roadmap wishlist suggestion suggest improvement",
        phrases: "would be great if, would be nice, would be useful, would be helpful, would be good if, would love, i miss, we miss, am missing, are missing, wish there, i wish, wish you, \
                  could you add, can you add, please add, plan to add, going to add, planning to add, will you add, consider adding, \
                  would like to see, support for, able to add, is missing, missing option, an option to, ability to, \
                  any plans, do you plan, are there plans, will you support, could you support, can you support, \
                  please support, can you make it possible, could you make it possible, idea for, dark mode, integrate with, integration with, \
                  would help us if, it would help if",
    },
    Concept {
        name: "billing",
        weight: 1,
        else_of: &[],
        words: "billing bill bills billed invoice invoices invoiced payment payments pay paid card cards credit debit charge charged charges \
                overcharged overcharge vat tax receipt receipts price prices cost costs fee fees subscription renewal iban \
                transaction statement bank banks paypal stripe visa mastercard amex discount coupon voucher amount owe",
        phrases: "charged twice, billed twice, paid twice, charged again, billed again, charged too much, wrong amount, bank account, bank statement, \
                  payment method, payment failed, card declined, took money, taken money, direct debit, purchase order, annual plan, \
                  monthly plan, credit card, change card, update card, expired card, tax number, two charges, double charge, \
                  unknown charge, charged for, charged after",
    },
    Concept {
        name: "account",
        weight: 2,
        else_of: &["technical"],
        words: "login logins password passwords signin username locked 2fa mfa authenticator otp lockout",
        phrases: "log in, logged in, sign in, signed in, logging in, signing in, locked out, reset link, two factor, verification code, \
                  change email, change address of my account, not access my account, forgot",
    },
    Concept {
        name: "delivery",
        weight: 2,
        else_of: &["orders"],
        words: "delivery deliver delivered deliveries shipping ship shipped shipment parcel package courier tracking dispatch dispatched",
        phrases: "where is my order, where is our order, not arrive, not arrived, still waiting for order, yet to arrive, in transit, arrive late, out for delivery, \
                  when arrive",
    },
    Concept {
        name: "returns",
        weight: 2,
        else_of: &["orders", "refund"],
        words: "exchange damaged defective return returns returned",
        phrases: "send it back, sent it back, send back, return label, wrong item, wrong size, does not fit, not fit",
    },
    Concept {
        name: "orders",
        weight: 1,
        else_of: &[],
        words: "order orders ordered basket checkout",
        phrases: "place an order, change order",
    },
    Concept {
        name: "sales",
        weight: 2,
        else_of: &[],
        words: "sales quote quotation demo pricing upgrade trial enterprise license licence",
        phrases: "talk to sales, more seats, how much would, price list, buy more, interested in, book a demo, product tour",
    },
    Concept {
        name: "privacy",
        weight: 2,
        else_of: &["account"],
        words: "privacy gdpr erasure consent breach hacked phishing security",
        phrases: "personal data, my data, delete data, data protection, data processing",
    },
    Concept {
        name: "technical",
        weight: 1,
        else_of: &[],
        words: "technical api webhook install installation setup configure configuration integration update sdk browser plugin slow",
        phrases: "set up, how do i configure, not install",
    },
    Concept {
        name: "feedback",
        weight: 1,
        else_of: &[],
        words: "feedback review praise compliment complaint complain complaints testimonial",
        phrases: "thank you for, well done, great job, keep it up, very unhappy, very disappointed",
    },
];

/// A concept with its turns of phrase as stems; a single word is one of them.
struct Turns {
    concept: &'static Concept,
    turns: Vec<Vec<String>>,
}

static ALL: LazyLock<Vec<Turns>> = LazyLock::new(|| {
    let turns = |concept: &'static Concept| {
        let words = concept.words.split(' ').map(|word| word.trim());
        let all = words.chain(concept.phrases.split(',').map(str::trim)).filter(|text| !text.is_empty());
        // What names it speaks of it, too.
        let mut turns: Vec<Vec<String>> = all.chain([concept.name]).map(said).collect();
        turns.sort();
        turns.dedup();
        Turns { concept, turns }
    };
    CONCEPTS.iter().map(turns).collect()
});

/// What speaks of nothing by itself, and of everything in `I cannot …`.
const NEGATIONS: [&str; 8] = ["not", "cannot", "cant", "wont", "doesnt", "dont", "isnt", "unable"];

/// The words of a text as stems, in order, with those of every sentence; every way to say no is `not`. Where a sentence ends
/// stands an empty one.
pub fn said(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let plain = text.to_lowercase().replace('\u{2019}', "'");
    for sentence in plain.split(['.', '!', '?', ';', '\n']) {
        for word in sentence.split(|one: char| !one.is_alphanumeric() && one != '\'').filter(|word| !word.is_empty()) {
            let word = word.trim_matches('\'');
            match word {
                "" => {}
                _ if word.ends_with("'d") => found.extend([stem(word.trim_end_matches("'d")), "would".to_owned()]),
                _ if word.ends_with("n't") || NEGATIONS.contains(&word) => found.push(NOT.to_owned()),
                _ => found.push(stem(word.split('\'').next().unwrap_or(word))),
            }
        }
        found.push(String::new());
    }
    while found.last().is_some_and(String::is_empty) {
        found.pop();
    }
    found
}

/// Whether a turn of phrase stands in a text, within one sentence.
fn stands(turn: &[String], text: &[String]) -> bool {
    let Some((first, rest)) = turn.split_first() else { return false };
    let starts = text.iter().enumerate().filter(|(_, word)| *word == first).map(|(at, _)| at);
    starts.into_iter().any(|start| {
        let mut at = start;
        rest.iter().all(|wanted| {
            let next = text.iter().skip(at + 1).take(GAP + 1).take_while(|word| !word.is_empty());
            let found = next.enumerate().find(|(_, word)| *word == wanted).map(|(steps, _)| at + 1 + steps);
            at = found.unwrap_or(at);
            found.is_some()
        })
    })
}

/// How much words speak of each concept, in the order of [`CONCEPTS`]: a turn of phrase counts as much as two words.
fn speaks(text: &[String]) -> impl Iterator<Item = u32> + '_ {
    ALL.iter().map(|all| {
        let found = all.turns.iter().filter(|turn| stands(turn, text));
        found.map(|turn| if turn.len() > 1 { 2 } else { 1 }).sum::<u32>().min(4)
    })
}

/// What each of several categories gets of a text by what it speaks of. `names` and `docs` say what the categories are about:
/// what is in a name counts twice.
pub fn scores(text: &[String], names: &[Vec<String>], docs: &[Vec<String>]) -> Vec<u32> {
    let speaking = |texts: &[Vec<String>]| -> Vec<Vec<bool>> {
        texts.iter().map(|text| speaks(text).map(|much| much > 0).collect()).collect()
    };
    let (by_name, by_doc) = (speaking(names), speaking(docs));
    let of = |owners: &[Vec<bool>], concept: usize| -> Vec<usize> {
        let own = |at: &usize| owners.get(*at).and_then(|own| own.get(concept)).copied().unwrap_or_default();
        (0..owners.len()).filter(own).collect()
    };
    let owners = |concept: usize| -> Vec<(usize, u32)> {
        let named = of(&by_name, concept);
        let weight = if named.is_empty() { 2 } else { 1 };
        let told = of(&by_doc, concept).into_iter().filter(|at| !named.contains(at)).map(|at| (at, weight));
        named.iter().map(|at| (*at, 2)).chain(told.collect::<Vec<_>>()).collect()
    };
    let mut scores = vec![0; names.len()];
    for (at, (all, much)) in ALL.iter().zip(speaks(text)).enumerate().filter(|(_, (_, much))| *much > 0) {
        let mut whose = owners(at);
        for name in all.concept.else_of {
            if whose.is_empty() {
                whose = ALL.iter().position(|other| other.concept.name == *name).map(&owners).unwrap_or_default();
            }
        }
        for (owner, weight) in whose {
            if let Some(score) = scores.get_mut(owner) {
                *score += much * weight * all.concept.weight;
            }
        }
    }
    scores
}
