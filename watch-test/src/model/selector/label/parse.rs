//! The grammar of `labels.Parse` of apimachinery, with its error messages.

use std::collections::{BTreeSet, VecDeque};

use super::{LabelSelector, Operator, Requirement};
use crate::model::validation::names::qualified;

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

/// The lexer of `labels.Lexer`: the longest run of symbols that is a token, or a word. A zero byte ends a token and is
/// consumed with it; before a token, it ends the selector.
fn tokens(text: &str) -> VecDeque<(Token, String)> {
    let is_symbol = |c: char| "=!(),<>".contains(c);
    let is_space = |c: char| " \t\r\n".contains(c);
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
    let mut rest = text.trim_start_matches(is_space);
    while let Some(first) = rest.chars().next().filter(|first| *first != '\0') {
        let len = if is_symbol(first) {
            // All tokens are one or two characters long.
            if rest.get(..2).is_some_and(|two| symbol(two).is_some()) { 2 } else { 1 }
        } else {
            rest.find(|c: char| is_symbol(c) || is_space(c) || c == '\0').unwrap_or(rest.len())
        };
        let (word, after) = rest.split_at(len);
        let token = match word {
            "in" => Token::In,
            "notin" => Token::NotIn,
            _ if is_symbol(first) => symbol(word).unwrap_or(Token::Unknown),
            _ => Token::Identifier,
        };
        tokens.push_back((token, word.to_owned()));
        rest = after.strip_prefix('\0').unwrap_or(after).trim_start_matches(is_space);
    }
    tokens
}

/// The meaning of a word at a position.
#[derive(Clone, Copy)]
enum Place {
    /// `in` is a name like any other.
    Values,
    /// `in` is an operator.
    Operator,
}

/// The rest of the input.
pub(super) struct Parser {
    tokens: VecDeque<(Token, String)>,
}

impl Parser {
    pub(super) fn new(text: &str) -> Self {
        Self { tokens: tokens(text) }
    }

    pub(super) fn selector(mut self) -> Result<LabelSelector, String> {
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
            // kube-apiserver's error has no position here.
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

    /// Parses the values between brackets, which may be empty; consumes the closing bracket.
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
