use super::*;
use proptest::prelude::*;
use serde_json::Value;

fn read(form: &str) -> Result<String, SchemaError> {
    to_json(url::form_urlencoded::parse(form.as_bytes()).into_owned().collect())
}

#[test]
fn nested_keys_become_objects_and_lists() {
    for (form, json) in [
        ("", "{}"),
        ("=x&&", "{}"),
        ("a", r#"{"a":""}"#),
        ("data[name]=New+Name&data[bio]=b", r#"{"data":{"name":"New Name","bio":"b"}}"#),
        ("data%5Bname%5D=x&customFields%5Ba%5D=y", r#"{"data":{"name":"x"},"customFields":{"a":"y"}}"#),
        ("a[b][c]=1&a[b][d]=2", r#"{"a":{"b":{"c":"1","d":"2"}}}"#),
        ("a=1&a=2", r#"{"a":["1","2"]}"#),
        ("a[]=1&a[]=2", r#"{"a":["1","2"]}"#),
        ("a[]=1", r#"{"a":["1"]}"#),
        ("a[1]=x&a[0]=y&a[9]=z", r#"{"a":["y","x","z"]}"#),
        ("a[101]=x", r#"{"a":{"101":"x"}}"#),
        ("a[01]=x", r#"{"a":{"01":"x"}}"#),
        ("a[0]=x&a[b]=y", r#"{"a":{"0":"x","b":"y"}}"#),
        ("a[b]=y&a[0]=x", r#"{"a":{"b":"y","0":"x"}}"#),
        ("a[b]=x&a=y", r#"{"a":{"b":"x","y":true}}"#),
        ("a=y&a[b]=x", r#"{"a":["y",{"b":"x"}]}"#),
        ("a[0][b]=1&a[0][c]=2", r#"{"a":[{"b":"1","c":"2"}]}"#),
        ("a[b]c[d]=x", r#"{"a":{"b":{"d":"x"}}}"#),
        ("a[b=x", r#"{"a[b":"x"}"#),
        ("[a][b]=x", r#"{"a":{"b":"x"}}"#),
        ("__proto__=x&a[__proto__][b]=x&c=y", r#"{"a":{},"c":"y"}"#),
        ("a[b]=x&a=", r#"{"a":{"b":"x"}}"#),
    ] {
        assert_eq!(read(form).as_deref(), Ok(json), "{form}");
    }
}

#[test]
fn a_form_has_the_bounds_of_a_json_body() {
    let deep = |levels: usize| format!("a{}=x", "[b]".repeat(levels - 1));
    assert!(read(&deep(LEVELS)).is_ok());
    assert_eq!(read(&deep(LEVELS + 1)), Err(SchemaError::TooDeep));
    let wide = |keys: usize| (0..keys).map(|key| format!("a{key}=x&")).collect::<String>();
    assert!(read(&wide(NAMES_AND_VALUES / 2)).is_ok());
    assert_eq!(read(&wide(NAMES_AND_VALUES / 2 + 1)), Err(SchemaError::TooMany));
    let long = (0..60).map(|key| format!("a{key}{}=x&", "[b]".repeat(40))).collect::<String>();
    assert_eq!(read(&long), Err(SchemaError::TooMany));
}

proptest! {
    #[test]
    fn any_form_is_an_object_or_refused(form in "([ab]{0,2}(\\[[ab01]{0,2}\\]?){0,3}=[xy]{0,1}&){0,8}") {
        let json = read(&form).expect("small");
        let value: Value = serde_json::from_str(&json).expect("JSON");
        prop_assert!(value.is_object());
    }

    #[test]
    fn any_bytes_are_read_without_a_panic(form in any::<String>()) {
        let _ = read(&form);
    }

    #[test]
    fn plain_keys_keep_their_values(values in proptest::collection::btree_map("[a-z]{1,8}", any::<String>(), 0..8)) {
        let pairs = values.iter().map(|(key, value)| (format!("data[{key}]"), value.clone())).collect();
        let read: Value = serde_json::from_str(&to_json(pairs).expect("small")).expect("JSON");
        for (key, value) in &values {
            prop_assert_eq!(&read["data"][key], value);
        }
    }
}
