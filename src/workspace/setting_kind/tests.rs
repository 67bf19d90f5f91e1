use super::*;
use bson::{bson, doc};

#[test]
fn each_kind_reads_each_value_as_javascript_does() {
    const NAN: f64 = f64::NAN;
    let text = |text: &str| bson!(text);
    let repeats = |times: u64| Some(times);
    // value, Boolean(value), Number(value), its whole part, a{value,}, String(value)
    for (value, truthy, number, integer, times, string) in [
        (Bson::Int32(7), true, 7.0, 7, repeats(7), "7"),
        (Bson::Int64(7), true, 7.0, 7, repeats(7), "7"),
        (Bson::Double(7.0), true, 7.0, 7, repeats(7), "7"),
        (Bson::Double(0.05), true, 0.05, 0, None, "0.05"),
        (Bson::Double(-2.5), true, -2.5, -2, None, "-2.5"),
        (Bson::Double(0.0), false, 0.0, 0, repeats(0), "0"),
        (Bson::Double(NAN), false, NAN, 0, None, "NaN"),
        (Bson::Double(1e300), true, 1e300, i64::MAX, None, "1e+300"),
        (Bson::Double(f64::INFINITY), true, f64::INFINITY, i64::MAX, None, "Infinity"),
        (text("5"), true, 5.0, 5, repeats(5), "5"),
        (text(" 0.05 "), true, 0.05, 0, None, " 0.05 "),
        (text("0x10"), true, 16.0, 16, None, "0x10"),
        (text("1e3"), true, 1000.0, 1000, None, "1e3"),
        (text("5 minutes"), true, NAN, 0, None, "5 minutes"),
        (text("false"), true, NAN, 0, None, "false"),
        (text(""), false, 0.0, 0, None, ""),
        (bson!(true), true, 1.0, 1, None, "true"),
        (bson!(false), false, 0.0, 0, None, "false"),
        (Bson::Null, false, 0.0, 0, None, ""),
        (Bson::Undefined, false, NAN, 0, None, ""),
        (bson!([]), true, 0.0, 0, None, ""),
        (bson!([5]), true, 5.0, 5, repeats(5), "5"),
        (bson!(["a", null, "b"]), true, NAN, 0, None, "a,,b"),
        (Bson::Document(doc! {"a": 1}), true, NAN, 0, None, ""),
    ] {
        let read = to_javascript(&value);
        assert_eq!(Truthy::read(&read), truthy, "{value:?}");
        assert_eq!(Number::read(&read).to_bits(), number.to_bits(), "{value:?}");
        assert_eq!(Integer::read(&read), integer, "{value:?}");
        assert_eq!(Repeats::read(&read), times, "{value:?}");
        assert_eq!(Text::read(&read), string, "{value:?}");
        assert_eq!(ExactlyTrue::read(&read), value == bson!(true), "{value:?}");
    }
    let decimal = "0.05".parse().map(Bson::Decimal128).expect("a decimal");
    assert_eq!(Number::read(&to_javascript(&decimal)).to_bits(), 0.05_f64.to_bits());
}

#[test]
fn what_rocket_chat_would_not_store_does_not_fit() {
    let object = Value::object([]);
    let text = |text: &str| Value::Text(text.to_owned());
    for fits in [Truthy::fits, ExactlyTrue::fits, Integer::fits, Text::fits, Secret::fits] {
        assert!(fits(&Value::Null) && !fits(&object) && !fits(&Value::List(Vec::new())));
    }
    assert!(!Truthy::fits(&text("false")), "which counts as true");
    assert!(Integer::fits(&text(" 7 ")) && !Integer::fits(&text("")) && !Integer::fits(&text("NaN")));
    assert!(Text::fits(&Value::Number(25.0)) && !Integer::fits(&Value::Boolean(true)));
    let document = Bson::Document(bson::Document::new());
    assert_eq!((type_name(&document), type_name(&Bson::Double(1.0))), ("object", "number"));
}

#[test]
fn a_secret_does_not_show_itself() {
    let secret = Secret::read(&Value::Text("hunter2".to_owned()));
    assert!(!format!("{secret:?}").contains("hunter2"));
    assert_eq!(secrecy::ExposeSecret::expose_secret(&secret), "hunter2");
}

#[test]
fn variables_are_converted_as_rocket_chat_does() {
    assert_eq!(Truthy::from_variable("FALSE"), Some(false));
    assert_eq!(ExactlyTrue::from_variable("True"), Some(true));
    assert_eq!(Integer::from_variable("+12"), Some(12));
    assert_eq!(Repeats::from_variable("03"), Some(Some(3)));
    for text in ["12 days", "1.5", " 12", "0x10", "9007199254740992", ""] {
        assert_eq!((Integer::from_variable(text), Number::from_variable(text)), (None, None), "{text}");
    }
    assert_eq!(Text::from_variable("true").as_deref(), Some("true"));
}
