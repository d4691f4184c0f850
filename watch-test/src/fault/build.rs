//! Rules, written in Rust.

use super::{End, Fault, Refusal, Requests, Rule, Shape};

impl Fault {
    /// A refusal with this status, in JSON.
    pub const fn refuse(status: u16) -> Self {
        Self::Refuse(Refusal { status, shape: Shape::Json, retry_after: None, reason: None, message: None })
    }

    /// The end of a body behind so many bytes, in the middle of it.
    pub const fn cut(after_bytes: u64) -> Self {
        Self::Cut { after_bytes, end: End::Cut }
    }

    /// Silence behind so many bytes, for ever.
    pub const fn stall(after_bytes: u64) -> Self {
        Self::Stall { after_bytes, lasts: None }
    }

    /// An ERROR event behind so many events, and the end.
    pub fn error(code: u16, reason: &str, message: &str, after_events: u64) -> Self {
        let status = watch_core::wire::Status::new(code, reason, message);
        let mut line = Vec::new();
        watch_core::wire::write_event(&mut line, watch_core::wire::EventType::Error, &status.to_json());
        Self::Say { text: String::from_utf8_lossy(&line).into_owned(), after_events, then_end: true }
    }

    /// Of a refusal: the shape of its body. Nothing else has one.
    #[must_use]
    pub const fn shape(mut self, shape: Shape) -> Self {
        if let Self::Refuse(refusal) = &mut self {
            refusal.shape = shape;
        }
        self
    }

    /// Of a refusal: `Retry-After`, in seconds. Nothing else has one.
    #[must_use]
    pub const fn retry_after(mut self, seconds: i64) -> Self {
        if let Self::Refuse(refusal) = &mut self {
            refusal.retry_after = Some(seconds);
        }
        self
    }

    /// Of a refusal: its message, or its whole text. Nothing else has one.
    #[must_use]
    pub fn message(mut self, message: &str) -> Self {
        if let Self::Refuse(refusal) = &mut self {
            refusal.message = Some(message.to_owned());
        }
        self
    }

    /// For all requests from now on.
    pub fn always(self) -> Rule {
        self.into()
    }

    /// For the next request.
    pub fn once(self) -> Rule {
        self.times(1)
    }

    /// For so many requests.
    pub fn times(self, times: u64) -> Rule {
        Rule { times: Some(times), ..self.always() }
    }
}

impl From<Fault> for Rule {
    fn from(fault: Fault) -> Self {
        Self { on: Requests::default(), skip: 0, times: None, fault }
    }
}

impl Rule {
    /// For those requests only.
    #[must_use]
    pub fn on(self, requests: Requests) -> Self {
        Self { on: requests, ..self }
    }

    /// So many of them go by first.
    #[must_use]
    pub fn after(self, skip: u64) -> Self {
        Self { skip, ..self }
    }
}

impl Requests {
    /// Those that watch a resource.
    pub fn watch(resource: &str) -> Self {
        Self::verb("watch").of(resource)
    }

    /// Those that list a resource.
    pub fn list(resource: &str) -> Self {
        Self::verb("list").of(resource)
    }

    /// Those with this verb, of any resource.
    pub fn verb(verb: &str) -> Self {
        Self { verb: Some(verb.to_owned()), ..Self::default() }
    }

    /// Of these, those of a resource.
    #[must_use]
    pub fn of(self, resource: &str) -> Self {
        Self { resource: Some(resource.to_owned()), ..self }
    }

    /// Of these, those with that text in path or query.
    #[must_use]
    pub fn containing(self, text: &str) -> Self {
        Self { contains: Some(text.to_owned()), ..self }
    }
}
