use super::*;
use flow_bytecode::currency::minor_digits;
use proptest::prelude::*;

fn shown(value: Value, ty: SchemaType) -> String {
    match to_json(&value, &ty) {
        Ok(json) => json.to_string(),
        Err(message) => message,
    }
}

#[test]
fn people_can_read_it() {
    let eur = Money { amount: Decimal::new(1990, 2), currency: *b"EUR" };
    assert_eq!(shown(Value::Money(eur), SchemaType::Money), r#""19.90 EUR""#);
    assert!(from_json(&Json::String("19.900 EUR".into()), &SchemaType::Money).is_ok());
    assert!(from_json(&Json::String("19.999 EUR".into()), &SchemaType::Money).is_err());
    assert_eq!(shown(Value::Int(20_513), SchemaType::Date), r#""2026-03-01""#);
    assert_eq!(shown(Value::Int(-1), SchemaType::Date), r#""1969-12-31""#);
    assert_eq!(shown(Value::Int(1_772_323_200_000_000), SchemaType::Instant), r#""2026-03-01T00:00:00Z""#);
    assert_eq!(shown(Value::Int(5_400_000_000), SchemaType::Duration), r#""PT1H30M""#);
    assert_eq!(shown(Value::Int(34_200_000_000), SchemaType::TimeOfDay), r#""09:30:00""#);
    assert_eq!(shown(Value::Number(Decimal::new(150, 2)), SchemaType::Number), r#""1.50""#);
    let tags = Value::List(Arc::new(vec![Value::text("vip"), Value::text("trial")]));
    assert_eq!(shown(tags, SchemaType::List(Box::new(SchemaType::Symbol("tag".into())))), r#"["vip","trial"]"#);
}

#[test]
fn what_does_not_fit_is_said() {
    assert_eq!(shown(Value::Int(3), SchemaType::Text), "a whole number where a text is kept");
    assert_eq!(from_json(&"2026-02-30".into(), &SchemaType::Date), Err("`\"2026-02-30\"` is not a date".into()));
    assert_eq!(from_json(&7.into(), &SchemaType::Email), Err("`7` is not an email address".into()));
    assert!(to_json(&Value::Secret(Arc::new(vec![])), &SchemaType::Json).is_err());
}

fn scalar() -> impl Strategy<Value = (SchemaType, Value)> {
    let text = "\\PC{0,12}";
    prop_oneof![
        any::<bool>().prop_map(|bool| (SchemaType::Bool, Value::Bool(bool))),
        any::<i64>().prop_map(|int| (SchemaType::Int, Value::Int(int))),
        any::<i64>().prop_map(|int| (SchemaType::Duration, Value::Int(int))),
        any::<i64>().prop_map(|int| (SchemaType::Instant, Value::Int(int))),
        (-5_000_000_000_000_000i64..5_000_000_000_000_000).prop_map(|int| (SchemaType::Instant, Value::Int(int))),
        any::<i64>().prop_map(|int| (SchemaType::Date, Value::Int(int))),
        (-5_000_000i64..5_000_000).prop_map(|int| (SchemaType::Date, Value::Int(int))),
        any::<i64>().prop_map(|int| (SchemaType::TimeOfDay, Value::Int(int))),
        (-10i64..86_400_000_010).prop_map(|int| (SchemaType::TimeOfDay, Value::Int(int))),
        any::<i64>().prop_map(|int| (SchemaType::Entity("Contact".into()), Value::Int(int))),
        decimal().prop_map(|number| (SchemaType::Number, Value::Number(number))),
        (decimal(), "[A-Z]{3}").prop_map(|(amount, currency)| {
            let mut code = *b"EUR";
            code.copy_from_slice(currency.as_bytes());
            let amount = amount.round_dp(minor_digits(code));
            (SchemaType::Money, Value::Money(Money { amount, currency: code }))
        }),
        text.prop_map(|text| (SchemaType::Text, Value::text(text))),
        (text, any::<u64>()).prop_map(|(name, bytes)| {
            let name: Arc<str> = name.into();
            let file = FileRef { name: name.clone(), media_type: "image/png".into(), bytes, location: name };
            (SchemaType::File, Value::File(Arc::new(file)))
        }),
        json().prop_map(|value| (SchemaType::Json, value)),
    ]
}

fn decimal() -> impl Strategy<Value = Decimal> {
    (any::<i64>(), 0u32..20).prop_map(|(digits, scale)| Decimal::new(digits, scale))
}

fn json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        any::<i64>().prop_map(Value::Int),
        decimal().prop_map(Value::Number),
        "\\PC{0,8}".prop_map(Value::text),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(|items| Value::List(Arc::new(items))),
            prop::collection::btree_map("[a-z]{0,4}", inner, 0..4).prop_map(|map| {
                Value::Map(Arc::new(map.into_iter().map(|(key, value)| (Arc::from(key), value)).collect()))
            }),
        ]
    })
}

fn typed() -> impl Strategy<Value = (SchemaType, Value)> {
    scalar().prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            (inner.clone(), any::<bool>()).prop_map(|((ty, value), missing)| {
                (SchemaType::Optional(Box::new(ty)), if missing { Value::Null } else { value })
            }),
            (inner.clone(), 0usize..3).prop_map(|((ty, value), count)| {
                (SchemaType::List(Box::new(ty)), Value::List(Arc::new(vec![value; count])))
            }),
            inner.clone().prop_map(|(ty, value)| {
                (SchemaType::Map(Box::new(ty)), Value::Map(Arc::new(vec![("k".into(), value)])))
            }),
            (inner.clone(), inner).prop_map(|((a, x), (b, y))| {
                let ty = SchemaType::Record("t.R".into(), vec![("a".into(), a), ("b".into(), b)]);
                (ty, Value::Record(Arc::new(vec![x, y])))
            }),
        ]
    })
}

proptest! {
    #[test]
    fn every_value_comes_back((ty, value) in typed()) {
        let json = to_json(&value, &ty).map_err(TestCaseError::fail)?;
        let text = json.to_string();
        let read: Json = serde_json::from_str(&text).map_err(|error| TestCaseError::fail(error.to_string()))?;
        prop_assert_eq!(from_json(&read, &ty).map_err(TestCaseError::fail)?, value, "{}", text);
    }
}
