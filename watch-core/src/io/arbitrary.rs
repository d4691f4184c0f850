//! Inputs for fuzzers: mostly possible ones, since a fuzzer that guesses request ids finds nothing else.

use alloc::string::String;
use alloc::vec::Vec;
use core::time::Duration;

use arbitrary::{Arbitrary, Result, Unstructured};

use super::input::{Input, ResponseHead, TransportError, TransportErrorKind};
use super::request::RequestId;

impl<'a> Arbitrary<'a> for Input {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        Ok(match u.int_in_range(0..=9)? {
            0 | 1 => Self::Response { id: u.arbitrary()?, head: u.arbitrary()? },
            2..=5 => Self::Body { id: u.arbitrary()?, bytes: Vec::<u8>::arbitrary(u)?.into() },
            6 => Self::End { id: u.arbitrary()? },
            7 => Self::Failed { id: u.arbitrary()?, error: u.arbitrary()? },
            8 => Self::Relist,
            _ => Self::Stop,
        })
    }
}

impl<'a> Arbitrary<'a> for RequestId {
    /// A watcher numbers its requests from 1.
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        Ok(Self(u.int_in_range(0..=15)?))
    }
}

impl<'a> Arbitrary<'a> for ResponseHead {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        let status = *u.choose(&[200, 200, 200, 200, 204, 302, 400, 401, 403, 404, 410, 422, 429, 500, 503, 504])?;
        let mut head = Self::new(status);
        if u.ratio(1, 8)? {
            head.retry_after = Some(Duration::from_secs(u.arbitrary()?));
        }
        if u.ratio(3, 4)? {
            head = head.with_content_type("application/json");
        } else {
            head.content_type = Option::<String>::arbitrary(u)?.map(Into::into);
            head.content_encoding = Option::<String>::arbitrary(u)?.map(Into::into);
        }
        Ok(head)
    }
}

impl<'a> Arbitrary<'a> for TransportError {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        let kind = *u.choose(&[
            TransportErrorKind::Refused,
            TransportErrorKind::Reset,
            TransportErrorKind::Tls,
            TransportErrorKind::Timeout,
            TransportErrorKind::Other,
        ])?;
        Ok(Self::new(kind, String::arbitrary(u)?))
    }
}
