//! The path that a decode error names, for a failure at each token of a document.

use core::cell::{Cell, RefCell};
use core::fmt;

use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::Value;
use watch_core::Object;

use super::config;

thread_local! {
    /// The number of tokens that are still read before one fails.
    static LEFT: Cell<usize> = const { Cell::new(0) };
    /// The path of the token that failed.
    static FAILED: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Decodes any object, and fails at one of its tokens.
#[derive(Debug)]
struct Fails;

impl<'de> Deserialize<'de> for Fails {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        At(String::new()).deserialize(deserializer).map(|()| Self)
    }
}

/// Decodes the value at this path.
struct At(String);

impl At {
    fn token<E: Error>(&self) -> Result<(), E> {
        if let Some(left) = LEFT.get().checked_sub(1) {
            LEFT.set(left);
            return Ok(());
        }
        FAILED.set(Some(self.0.clone()));
        Err(E::custom("this one"))
    }
}

impl<'de> DeserializeSeed<'de> for At {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for At {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<(), E> {
        self.token()
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<(), E> {
        self.token()
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<(), E> {
        self.token()
    }

    fn visit_str<E: Error>(self, _: &str) -> Result<(), E> {
        self.token()
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        self.token()
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        self.token()?;
        let mut index = 0;
        while let Some(()) = seq.next_element_seed(Self(format!("{}[{index}]", self.0)))? {
            index += 1;
        }
        self.token()
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        self.token()?;
        while let Some(name) = map.next_key::<String>()? {
            let dot = if self.0.is_empty() { "" } else { "." };
            map.next_value_seed(Self(format!("{}{dot}{name}", self.0)))?;
        }
        self.token()
    }
}

/// Fails at each token in turn, and compares the paths. Returns the number of tokens.
fn check(json: &str) -> usize {
    let object = Object::parse(json.to_owned().into()).unwrap();
    for tokens in 0.. {
        LEFT.set(tokens);
        let Err(error) = object.decode::<Fails>() else { return tokens };
        let path = FAILED.take().expect("it failed at a token");
        let error = error.to_string();
        let message = error.strip_prefix("can't decode object a@5: ").expect("the object");
        let expected = if path.is_empty() { "this one at".to_owned() } else { format!("{path}: this one at") };
        assert!(message.starts_with(&expected), "token {tokens} of {json}: {message}, not {expected}");
    }
    unreachable!()
}

#[test]
fn it_is_that_of_the_value_that_fails() {
    let metadata = r#""metadata":{"name":"a","resourceVersion":"5"}"#;
    let spec = r#"{ "a" : [ ] , "b":[[], [1 ,-2,[{"c":null}]]],"":{"\u0061\"\/":"x\"]}" , "d":{}},"e":"é","f":{"g":[{},{"h":true}]}}"#;
    for json in [
        format!("{{{metadata},\"spec\":{spec}}}"),
        format!(" {{ \n\"spec\" :\n {spec} ,\n {metadata}\r\n}}\n"),
        format!("{{\"list\":[{spec},{spec}],{metadata}}}"),
    ] {
        assert!(check(&json) > 20);
    }
}

#[test]
fn it_is_found_on_every_level() {
    let deep = (0..100).fold("7".to_owned(), |inner, level| match level % 2 {
        0 => format!(r#"[[1,{{}}],{inner}]"#),
        _ => format!(r#"{{"x":[1,{{"y":"}}"}}],"a":{inner}}}"#),
    });
    assert_eq!(check(&format!(r#"{{"metadata":{{"name":"a","resourceVersion":"5"}},"deep":{deep}}}"#)), 757);
}

#[test]
fn generated_documents() {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        "[a\"\\\\{}\\[\\],:é\n]{0,4}".prop_map(Value::from),
    ];
    let value = leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map("[a\"/é]{0,3}", inner, 0..4).prop_map(Value::from_iter),
        ]
    });
    TestRunner::new(config())
        .run(&(value, any::<bool>()), |(value, is_pretty)| {
            let document = serde_json::json!({ "metadata": { "name": "a", "resourceVersion": "5" }, "x": value });
            let json =
                if is_pretty { serde_json::to_string_pretty(&document) } else { serde_json::to_string(&document) };
            check(&json.unwrap());
            Ok(())
        })
        .unwrap();
}
