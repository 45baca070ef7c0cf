//! What customers write, and what it is about: told from words alone.

use super::classify::{Label, by_words};
use flow_bytecode::Value;

/// As a project writes them: names, and where it says more, a line above them.
const TOPICS: [(&str, &str); 6] = [
    ("billing", "Invoices, payments, cards."),
    ("outage", "Something is not reachable."),
    ("refund", ""),
    ("feature", "A wish for the product."),
    ("cancellation", ""),
    ("other", "Anything else."),
];

const SAID: &[(&str, &[&str])] = &[
    (
        "billing",
        &[
            "My card was charged twice this month",
            "Where can I find my invoices?",
            "You billed us for 12 users but we only have 9",
            "How do I update our credit card?",
            "The VAT number on our last invoice is wrong",
            "Can we pay by bank transfer instead of by card?",
            "There is a charge on my statement that I don't recognise",
            "Payment keeps getting declined although the card is fine",
            "Could you send me a receipt for March please",
            "Why has the price gone up since last year?",
            "I was overcharged on the annual plan",
            "Our accountant needs a copy of the bill with our new address",
        ],
    ),
    (
        "outage",
        &[
            "it is down",
            "Your site has been down for an hour now!!",
            "Is the service down? None of us can get in",
            "The dashboard won't load for anybody in our office",
            "Getting a 503 since this morning",
            "Everything times out, we can't serve our customers",
            "Nothing loads here, just a white page",
            "We cannot reach your servers at all",
            "the app doesn't respond any more",
            "Is there an outage in Europe right now?",
            "API went down again at 3am",
            "Status page says all is fine but your website isn't available",
        ],
    ),
    (
        "refund",
        &[
            "I want my money back",
            "Money back please",
            "Can I get a refund for last month?",
            "Please refund the second payment",
            "When will I get my money back for order 1832?",
            "I'd like to be reimbursed for the unused months",
            "Could you credit my account for the days it was broken?",
            "Please reverse the charge, it was a mistake",
            "I never used it and would like you to return my money",
            "Still haven't received the refund you promised",
            "How long does it take until I am paid back?",
        ],
    ),
    (
        "feature",
        &[
            "It would be great if I could export to Excel",
            "Do you plan to support Slack?",
            "Please add a dark mode",
            "Could you add an option to sort by date?",
            "I wish there was a way to tag several tickets at once",
            "Feature request: recurring meetings",
            "Any plans for an Android version?",
            "Would love to see a calendar view",
            "We are missing the ability to merge contacts",
            "A suggestion: let us rename columns",
            "Would it be possible to have an integration with HubSpot?",
        ],
    ),
    (
        "cancellation",
        &[
            "I want to cancel my subscription",
            "Please close my account",
            "How can I cancel?",
            "We don't want to renew next year",
            "Please delete our account at the end of the month",
            "We have decided to leave you and stop using the product",
            "I no longer need this, please end my plan",
            "How do I stop the automatic renewal",
            "Terminate our contract with effect from December",
            "cancelling because we found something cheaper",
            "Turn off auto renewal for our workspace please",
        ],
    ),
    (
        "other",
        &[
            "Hello, is anybody there?",
            "What are your opening hours?",
            "Thanks, that was all",
            "Where is your office?",
            "I scrolled down and saw your phone number",
            "I'll be back on Monday",
        ],
    ),
];

/// Sentences for which the lexicon was not made: four of five are to be understood.
const UNSEEN: &[(&str, &[&str])] = &[
    (
        "billing",
        &[
            "Your invoice from 3 May has the wrong company name",
            "Hi, we've switched banks, where do I enter the new account number?",
            "Why do I see two payments of 19 euros?",
            "I need the receipts of the last quarter for my tax return",
            "Do you take American Express?",
            "How much will I pay if I add a colleague?",
            "You took 40 euros from my account and I do not know what for",
            "Can you split the bill between two departments?",
            "our payment method expired",
            "Is VAT included?",
        ],
    ),
    (
        "outage",
        &[
            "hello your page is not opening",
            "Is anyone else unable to connect?",
            "We've been offline since 9",
            "Server seems dead",
            "your thing is down AGAIN",
            "Internal server error on every request",
            "I'm getting a gateway timeout on checkout",
            "Nobody here can open the app since lunch",
            "Are you having problems? Nothing happens when I open the page",
            "website unreachable from Norway",
            "it's been down all day",
        ],
    ),
    (
        "refund",
        &[
            "give me my money back!!!",
            "I returned it two weeks ago, where's my refund",
            "I'd like a full refund as it does not do what you said",
            "You can keep the product, I want my money back",
            "What's the status of my refund?",
            "is it refundable",
            "Can you give me back what I paid?",
            "When do you send the money back?",
            "I am entitled to reimbursement",
        ],
    ),
    (
        "feature",
        &[
            "Can you add support for Danish?",
            "It'd be so nice to have keyboard shortcuts",
            "Is a Zapier integration on the roadmap?",
            "One thing I miss is an undo button",
            "I suggest you let admins hide fields",
            "Would be useful if comments could be pinned",
            "Can you make it possible to schedule messages?",
            "Please consider adding single sign-on",
            "We'd need an API for reports",
        ],
    ),
    (
        "cancellation",
        &[
            "Cancel my plan",
            "I'd like to unsubscribe from the pro tier",
            "How do we get out of our contract?",
            "we won't be renewing",
            "Shut down my account",
            "Please stop our subscription as of today",
            "We are moving to another provider, please end the contract",
            "I don't want the service any more",
            "Cancel everything.",
            "Remove my account and all that is in it",
        ],
    ),
];

fn about(text: &str, topics: &[(&str, &str)]) -> String {
    let label = |(name, doc): &(&str, &str)| Label { name: (*name).into(), label: String::new(), doc: (*doc).into() };
    let Value::Map(fields) = by_words(text, &topics.iter().map(label).collect::<Vec<_>>()) else {
        return String::new();
    };
    let found = fields.iter().find(|(name, _)| &**name == "category");
    found.and_then(|(_, value)| value.as_text()).map(ToString::to_string).unwrap_or_default()
}

#[test]
fn what_customers_write_is_told_apart_by_its_words() {
    let all = || SAID.iter().flat_map(|(topic, said)| said.iter().map(move |text| (*topic, *text)));
    assert!(all().count() >= 60);
    let wrong: Vec<String> = all()
        .map(|(topic, text)| (topic, text, about(text, &TOPICS)))
        .filter(|(topic, _, found)| found != topic)
        .map(|(topic, text, found)| format!("{topic}: {text} ({found})"))
        .collect();
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), all().count(), wrong.join("\n"));
}

#[test]
fn most_of_what_was_never_seen_is_told_apart_too() {
    let all = || UNSEEN.iter().flat_map(|(topic, said)| said.iter().map(move |text| (*topic, *text)));
    let wrong: Vec<String> = all()
        .filter(|(topic, text)| about(text, &TOPICS) != *topic)
        .map(|(topic, text)| format!("{topic}: {text} ({})", about(text, &TOPICS)))
        .collect();
    assert!(wrong.len() * 5 <= all().count(), "{} of {}:\n{}", wrong.len(), all().count(), wrong.join("\n"));
}

/// Where nobody has a category for it, it is the nearest one's.
#[test]
fn what_has_no_category_of_its_own_goes_to_the_nearest() {
    let few = [("billing", ""), ("technical", "Errors, crashes."), ("other", "")];
    for (text, topic) in [
        ("I want my money back", "billing"),
        ("I want to cancel", "billing"),
        ("Your site is down", "technical"),
        ("I cannot log in", "technical"),
        ("The parcel has not arrived", "other"),
    ] {
        assert_eq!(about(text, &few), topic, "{text}");
    }
    let shop = [("delivery", ""), ("returns", "Damaged goods, exchanges."), ("rest", "")];
    for (text, topic) in [
        ("Where is my order?", "delivery"),
        ("My package still hasn't arrived", "delivery"),
        ("The shirt does not fit, I would like to send it back", "returns"),
        ("I want my money back", "returns"),
        ("Do you have this in blue?", "rest"),
    ] {
        assert_eq!(about(text, &shop), topic, "{text}");
    }
}
