//! Pure operations that are part of the machine, called by [`crate::Op::Intrinsic`] with boxed arguments.

macro_rules! intrinsics {
    ($($name:ident = $number:literal, $mnemonic:literal, $args:literal, $doc:literal;)*) => {
        /// A pure operation. Arguments and result are boxed; a wrong shape of argument is a fault, never a panic.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[repr(u8)]
        pub enum Intrinsic { $(#[doc = $doc] $name = $number,)* }

        impl Intrinsic {
            /// Every intrinsic, by number.
            pub const ALL: &'static [Intrinsic] = &[$(Intrinsic::$name,)*];

            /// The name in listings.
            pub fn mnemonic(self) -> &'static str {
                match self { $(Intrinsic::$name => $mnemonic,)* }
            }

            /// How many arguments it takes.
            pub fn arity(self) -> u16 {
                match self { $(Intrinsic::$name => $args,)* }
            }

            /// What it computes.
            pub fn doc(self) -> &'static str {
                match self { $(Intrinsic::$name => $doc,)* }
            }

            /// The intrinsic with this number.
            pub fn from_byte(byte: u8) -> Option<Intrinsic> {
                match byte { $($number => Some(Intrinsic::$name),)* _ => None }
            }
        }
    };
}

intrinsics! {
    // Time. Instants and durations are microseconds, dates are days, times of day are microseconds.
    Now = 0, "now", 0, "the step's logical time, an Instant";
    Today = 1, "today", 1, "(zone) the date now there";
    AddCalendar = 2, "add_calendar", 6, "(from Instant, days Int, months Int, time of day or null, zone, elapsed Duration) an Instant: the date of `from` in the zone plus months and days, at the time of day (or at `from`'s own), then plus the elapsed time. A gap moves forward by its length, in a fold the earlier is taken; a month end is clamped (RFC 5545 and java.time agree on the first, java.time on the second)";
    At = 3, "at", 3, "(Date or Instant, is_date Bool and time of day packed as a list [is_date, time or null], zone) the Instant of that date at that time in the zone";
    DateOf = 4, "date_of", 2, "(Instant, zone) its Date there";
    TimeOf = 5, "time_of", 2, "(Instant, zone) its TimeOfDay there";
    ShowInstant = 6, "show_instant", 2, "(Instant, zone) text for people, 2026-03-01 09:00";
    DateParts = 7, "date_parts", 2, "(Date, part 0 year, 1 month, 2 day, 3 weekday from Monday 1) an Int";
    AddDate = 8, "add_date", 3, "(Date, days Int, months Int) a Date, a month end is clamped";

    // Opening hours. A calendar is its name; the zone is for a calendar that has none, or null. See docs/reference/time.md.
    IsOpen = 9, "is_open", 3, "(Instant, calendar, zone or null) whether it is open then";
    NextOpen = 10, "next_open", 4, "(Instant, another or null, calendar, zone or null) the first Instant from both on at which it is open";
    NextClosed = 11, "next_closed", 3, "(Instant, calendar, zone or null) the first Instant from then on at which it is closed, or null when it never closes";
    AddBusinessDays = 12, "add_business_days", 5, "(Instant, days Int, time of day or null, calendar, zone or null) the Instant so many business days on, within opening hours; fails .limit";
    AddBusinessTime = 13, "add_business_time", 4, "(Instant, Duration, calendar, zone or null) the Instant when so much time within opening hours has passed; fails .limit";
    AddBusinessDate = 14, "add_business_date", 4, "(Date, days Int, calendar, zone or null) the Date so many business days on; fails .limit";
    CalendarZone = 15, "calendar_zone", 2, "(calendar, zone or null) the TimeZone of its own, else the other; fails .invalid when there is neither";

    // Text
    TextTrim = 20, "text_trim", 1, "(Text) without white space at its ends";
    TextLower = 21, "text_lower", 1, "(Text) in lower case";
    TextUpper = 22, "text_upper", 1, "(Text) in upper case";
    TextContains = 23, "text_contains", 2, "(Text, part) whether the part stands in it, whatever the case";
    TextStartsWith = 24, "text_starts_with", 2, "(Text, part) whether it begins so";
    TextEndsWith = 25, "text_ends_with", 2, "(Text, part) whether it ends so";
    TextReplace = 26, "text_replace", 3, "(Text, from, to) with every occurrence replaced";
    TextSplit = 27, "text_split", 2, "(Text, separator) a List<Text>";
    TextJoin = 28, "text_join", 2, "(List<Text>, separator) a Text";
    TextConcat = 29, "text_concat", 2, "(Text, Text) one after the other";

    // Parsing: null when it does not fit
    ParseEmail = 40, "parse_email", 1, "(Text) an Email in its normal form, or null";
    ParsePhone = 41, "parse_phone", 2, "(Text, country or null) a Phone in E.164, or null";
    ParseUrl = 42, "parse_url", 1, "(Text) an absolute http(s) Url, or null";
    ParseInt = 43, "parse_int", 1, "(Text) an Int, or null";
    ParseNumber = 44, "parse_number", 1, "(Text) a Number, or null";
    ParseDate = 45, "parse_date", 1, "(Text) a Date from 2026-03-01 or 1.3.2026, or null";
    ParseBool = 46, "parse_bool", 1, "(Text) yes/no, true/false, y/n, 1/0 whatever the case, or null";
    ParseTime = 47, "parse_time", 1, "(Text) a TimeOfDay from 09:00, or null";
    MatchOption = 48, "match_option", 2, "(answer, List<Text> of labels) Int, the position from 0 of the label that the answer names exactly, by its number from 1, or by an unambiguous beginning, whatever the case; null when none fits";

    ParseText = 49, "parse_text", 1, "(answer) itself when it is a text, else null";
    ParseFile = 50, "parse_file", 1, "(answer) itself when it is a file, else null";

    // Numbers and money
    Round = 60, "round", 2, "(Number, digits Int) half-even";
    ToInt = 61, "to_int", 1, "(Number) the Int towards zero; fails .overflow";
    MakeMoney = 62, "make_money", 2, "(Number, currency code) Money";
    AmountOf = 63, "amount_of", 1, "(Money) its Number";
    CurrencyOf = 64, "currency_of", 1, "(Money) its code, a Text";
    Abs = 65, "abs", 1, "(Number or Money) without its sign";

    // Lists and maps
    ListContains = 80, "list_contains", 2, "(List, item) Bool";
    ListAppend = 81, "list_append", 2, "(List, item) a new List";
    ListConcat = 82, "list_concat", 2, "(List, List) a new List";
    ListFirst = 83, "list_first", 1, "(List) its first item or null";
    ListLast = 84, "list_last", 1, "(List) its last item or null";
    ListSlice = 85, "list_slice", 3, "(List, from Int, count Int) a part of it, clamped";
    ListReverse = 86, "list_reverse", 1, "(List) from last to first";
    MapGet = 87, "map_get", 2, "(Map or Json object, key) its value or null";
    MapSet = 88, "map_set", 3, "(Map, key, value) a new Map";
    MapKeys = 89, "map_keys", 1, "(Map) a List<Text>";
    MapValues = 90, "map_values", 1, "(Map) a List";
    JsonText = 91, "json_text", 1, "(any) as compact JSON text";

    ToJson = 92, "to_json", 2, "(value, index of its type Int) as Json: records as objects by field, dates, instants (RFC 3339, UTC) and times of day as text, durations as Int of seconds when whole else Number, amounts as {amount, currency}, the rest as it is; an entity or a run as its id";

    // Pages of what a service lists. A rule is a list of texts: by which way, the parameter's name on the wire, and the paths
    // of the items, of the next cursor and of what says that there is more, each empty where there is none.
    NextPage = 93, "next_page", 4, "(rule, headers Map or null, body Json, the parameter of this page or null) the parameter of the next page, a Text, or null; fails .invalid when that is this page again";
    NextPageNumber = 94, "next_page_number", 4, "(the same) it as an Int";

    // Failures, secrets
    MakeFailure = 100, "make_failure", 2, "(kind, message) a Failure";
    FailureKind = 101, "failure_kind", 1, "(Failure) its kind, a Text";
    FailureMessage = 102, "failure_message", 1, "(Failure) its message";
    SecretNamed = 103, "secret_named", 1, "(name) the Secret of that name";
    EnumLabel = 104, "enum_label", 2, "(variant, index of the enum Int) its label";
    SecretText = 105, "secret_text", 1, "(Text) as a Secret of that one plain part";
}
