//! Label selectors: the grammar of `labels.Parse` of apimachinery, with its error messages.

use std::collections::{BTreeSet, VecDeque};

use serde_json::Value;

use super::names::{label_value, qualified};

/// All of its requirements must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct LabelSelector {
    requirements: Vec<Requirement>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Requirement {
    key: String,
    operator: Operator,
    values: BTreeSet<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operator {
    In,
    NotIn,
    Exists,
    DoesNotExist,
    GreaterThan,
    LessThan,
}

impl LabelSelector {
    /// Reads a selector; the error is what kube-apiserver says about it.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        Parser { tokens: tokens(text) }.selector()
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.requirements.is_empty()
    }

    /// Whether an object with these `metadata.labels` is selected.
    pub(crate) fn matches(&self, labels: &Value) -> bool {
        self.requirements.iter().all(|requirement| requirement.matches(labels))
    }
}

impl Requirement {
    /// Whether the values can be some of a label, and numbers where that is needed (`labels.NewRequirement`).
    fn check(&self) -> Result<(), String> {
        let invalid = |field: String, value: &str, why: &str| format!("{field}: Invalid value: {value:?}: {why}");
        let mut errors = Vec::new();
        if matches!(self.operator, Operator::GreaterThan | Operator::LessThan) {
            let other = self.values.iter().filter(|value| value.parse::<i64>().is_err());
            let why = "for 'Gt', 'Lt' operators, the value must be an integer";
            errors.extend(other.map(|value| invalid("values[0]".into(), value, why)));
        }
        for (index, value) in self.values.iter().enumerate() {
            let wrong = label_value(value);
            if !wrong.is_empty() {
                errors.push(invalid(format!("values[{index}][{}]", self.key), value, &wrong.join("; ")));
            }
        }
        match errors.as_slice() {
            [] => Ok(()),
            [one] => Err(one.clone()),
            several => Err(format!("[{}]", several.join(", "))),
        }
    }

    fn matches(&self, labels: &Value) -> bool {
        let value = labels.get(&self.key).and_then(Value::as_str);
        let number = |text: &str| text.parse::<i64>().ok();
        let compare = || Some((number(value?)?, number(self.values.first()?)?));
        match self.operator {
            Operator::In => value.is_some_and(|value| self.values.contains(value)),
            Operator::NotIn => value.is_none_or(|value| !self.values.contains(value)),
            Operator::Exists => value.is_some(),
            Operator::DoesNotExist => value.is_none(),
            Operator::GreaterThan => compare().is_some_and(|(value, limit)| value > limit),
            Operator::LessThan => compare().is_some_and(|(value, limit)| value < limit),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Token {
    Identifier,
    In,
    NotIn,
    Equals,
    NotEquals,
    Not,
    Greater,
    Less,
    Open,
    Close,
    Comma,
    Unknown,
    End,
}

/// The lexer of `labels.Lexer`: the longest run of symbols that is a token, or a word.
fn tokens(text: &str) -> VecDeque<(Token, String)> {
    let is_symbol = |c: char| "=!(),<>".contains(c);
    let symbol = |text: &str| match text {
        "=" | "==" => Some(Token::Equals),
        "!=" => Some(Token::NotEquals),
        "!" => Some(Token::Not),
        ">" => Some(Token::Greater),
        "<" => Some(Token::Less),
        "(" => Some(Token::Open),
        ")" => Some(Token::Close),
        "," => Some(Token::Comma),
        _ => None,
    };
    let mut tokens = VecDeque::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let len = if is_symbol(first) {
            // All tokens are one or two characters long.
            if rest.get(..2).is_some_and(|two| symbol(two).is_some()) { 2 } else { 1 }
        } else {
            rest.find(|c: char| is_symbol(c) || c.is_ascii_whitespace()).unwrap_or(rest.len())
        };
        let (word, behind) = rest.split_at(len);
        let token = match word {
            "in" => Token::In,
            "notin" => Token::NotIn,
            _ if is_symbol(first) => symbol(word).unwrap_or(Token::Unknown),
            _ => Token::Identifier,
        };
        tokens.push_back((token, word.to_owned()));
        rest = behind.trim_start();
    }
    tokens
}

/// What a word may be in that place.
#[derive(Clone, Copy)]
enum Place {
    /// `in` is a name like any other.
    Values,
    /// `in` is an operator.
    Operator,
}

struct Parser {
    tokens: VecDeque<(Token, String)>,
}

impl Parser {
    fn selector(mut self) -> Result<LabelSelector, String> {
        let mut requirements = Vec::new();
        loop {
            let (token, word) = self.peek(Place::Values);
            match token {
                Token::Identifier | Token::Not => {
                    let requirement = self.requirement();
                    requirements.push(requirement.map_err(|error| format!("unable to parse requirement: {error}"))?);
                    let (token, word) = self.take(Place::Values);
                    match token {
                        Token::End => return Ok(LabelSelector { requirements }),
                        Token::Comma => {
                            let (next, word) = self.peek(Place::Values);
                            if !matches!(next, Token::Identifier | Token::Not) {
                                return Err(format!("found '{word}', expected: identifier after ','"));
                            }
                        }
                        _ => return Err(format!("found '{word}', expected: ',' or 'end of string'")),
                    }
                }
                Token::End => return Ok(LabelSelector { requirements }),
                _ => return Err(format!("found '{word}', expected: !, identifier, or 'end of string'")),
            }
        }
    }

    fn requirement(&mut self) -> Result<Requirement, String> {
        let (mut token, mut key) = self.take(Place::Values);
        let negated = token == Token::Not;
        if negated {
            (token, key) = self.take(Place::Values);
        }
        if token != Token::Identifier {
            return Err(format!("found '{key}', expected: identifier"));
        }
        let wrong = qualified(&key);
        if !wrong.is_empty() {
            // Nobody told the error where it is.
            return Err(format!("<nil>: Invalid value: {key:?}: {}", wrong.join("; ")));
        }
        let is_alone = matches!(self.peek(Place::Values).0, Token::End | Token::Comma);
        if negated || is_alone {
            let operator = if negated { Operator::DoesNotExist } else { Operator::Exists };
            return Ok(Requirement { key, operator, values: BTreeSet::new() });
        }
        let (token, word) = self.take(Place::Operator);
        let (operator, values) = match token {
            Token::In => (Operator::In, self.values()?),
            Token::NotIn => (Operator::NotIn, self.values()?),
            Token::Equals => (Operator::In, self.value()?),
            Token::NotEquals => (Operator::NotIn, self.value()?),
            Token::Greater => (Operator::GreaterThan, self.value()?),
            Token::Less => (Operator::LessThan, self.value()?),
            _ => return Err(format!("found '{word}', expected: in, notin, =, ==, !=, gt, lt")),
        };
        let requirement = Requirement { key, operator, values };
        requirement.check()?;
        Ok(requirement)
    }

    fn value(&mut self) -> Result<BTreeSet<String>, String> {
        if matches!(self.peek(Place::Values).0, Token::End | Token::Comma) {
            return Ok(BTreeSet::from([String::new()]));
        }
        match self.take(Place::Values) {
            (Token::Identifier, word) => Ok(BTreeSet::from([word])),
            (_, word) => Err(format!("found '{word}', expected: identifier")),
        }
    }

    fn values(&mut self) -> Result<BTreeSet<String>, String> {
        let (token, word) = self.take(Place::Values);
        if token != Token::Open {
            return Err(format!("found '{word}' expected: '('"));
        }
        let (token, word) = self.peek(Place::Values);
        match token {
            Token::Identifier | Token::Comma => self.list(),
            Token::Close => {
                self.take(Place::Values);
                Ok(BTreeSet::from([String::new()]))
            }
            _ => Err(format!("found '{word}', expected: ',', ')' or identifier")),
        }
    }

    /// The values between brackets, of which each may be empty; takes the closing bracket.
    fn list(&mut self) -> Result<BTreeSet<String>, String> {
        let mut values = BTreeSet::new();
        loop {
            let value = match self.peek(Place::Values) {
                (Token::Identifier, _) => self.take(Place::Values).1,
                (Token::Comma | Token::Close, _) => String::new(),
                (_, word) => return Err(format!("found '{word}', expected: ',', or identifier")),
            };
            values.insert(value);
            match self.take(Place::Values) {
                (Token::Comma, _) => {}
                (Token::Close, _) => return Ok(values),
                (_, word) => return Err(format!("found '{word}', expected: ',' or ')'")),
            }
        }
    }

    fn peek(&self, place: Place) -> (Token, String) {
        match self.tokens.front() {
            None => (Token::End, String::new()),
            Some((Token::In | Token::NotIn, word)) if matches!(place, Place::Values) => {
                (Token::Identifier, word.clone())
            }
            Some(token) => token.clone(),
        }
    }

    fn take(&mut self, place: Place) -> (Token, String) {
        let token = self.peek(place);
        self.tokens.pop_front();
        token
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn matches(selector: &str, labels: Value) -> bool {
        LabelSelector::parse(selector).unwrap_or_else(|error| panic!("{selector}: {error}")).matches(&labels)
    }

    #[test]
    fn requirements_of_every_kind() {
        let web = || json!({"app": "web", "n": "7"});
        let expected = [
            ("", true),
            ("app=web", true),
            ("app==web,n=7", true),
            ("app=web,n=8", false),
            ("app!=web", false),
            ("tier!=front", true),
            ("app in (db, web)", true),
            ("app notin (db,web)", false),
            ("tier notin (db)", true),
            ("app", true),
            ("!app", false),
            ("!tier", true),
            ("n>6,n<8", true),
            ("n>7", false),
            ("tier=", false),
            ("in in (in)", false),
        ];
        for (selector, is_selected) in expected {
            assert_eq!(matches(selector, web()), is_selected, "{selector}");
        }
        assert!(matches("tier in ()", json!({"tier": ""})));
        assert!(!matches("app", Value::Null));
    }

    #[test]
    fn what_no_label_can_be_is_refused() {
        let value = "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and \
                     must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', \
                     regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";
        let number = "for 'Gt', 'Lt' operators, the value must be an integer";
        let name = "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an \
                    alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is \
                    '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
        let expected = [
            ("a=-b", format!("values[0][a]: Invalid value: \"-b\": {value}")),
            ("a in (-b,ok)", format!("values[0][a]: Invalid value: \"-b\": {value}")),
            ("n>x", format!("values[0]: Invalid value: \"x\": {number}")),
            ("n>", format!("values[0]: Invalid value: \"\": {number}")),
            ("n>1.5", format!("values[0]: Invalid value: \"1.5\": {number}")),
            ("n>-1", format!("values[0][n]: Invalid value: \"-1\": {value}")),
            ("-x=-y", format!("<nil>: Invalid value: \"-x\": {name}")),
            ("!-x", format!("<nil>: Invalid value: \"-x\": {name}")),
        ];
        for (selector, message) in expected {
            let message = format!("unable to parse requirement: {message}");
            assert_eq!(LabelSelector::parse(selector), Err(message), "{selector}");
        }
    }

    #[test]
    fn errors_are_those_of_apimachinery() {
        let expected = [
            ("===", "found '==', expected: !, identifier, or 'end of string'"),
            ("a b", "unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, lt"),
            ("a in b", "unable to parse requirement: found 'b' expected: '('"),
            ("a,", "found '', expected: identifier after ','"),
            ("a=b c", "found 'c', expected: ',' or 'end of string'"),
            ("a in (b c)", "unable to parse requirement: found 'c', expected: ',' or ')'"),
            ("a==(", "unable to parse requirement: found '(', expected: identifier"),
        ];
        for (selector, message) in expected {
            assert_eq!(LabelSelector::parse(selector), Err(message.to_owned()), "{selector}");
        }
    }
}
