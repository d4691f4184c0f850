//! Constructors of rules.

use super::{End, Fault, Refusal, Requests, Rule, Shape};

impl Fault {
    /// Returns a refusal with this status, with a body in JSON.
    pub const fn refuse(status: u16) -> Self {
        Self::Refuse(Refusal { status, shape: Shape::Json, retry_after: None, reason: None, message: None })
    }

    /// Returns a fault that cuts the body off after this number of bytes.
    pub const fn cut(after_bytes: u64) -> Self {
        Self::Cut { after_bytes, end: End::Cut }
    }

    /// Returns a fault that sends nothing more after this number of bytes, forever.
    pub const fn stall(after_bytes: u64) -> Self {
        Self::Stall { after_bytes, lasts: None }
    }

    /// Returns a fault that sends an ERROR event after this number of events, and then ends the watch.
    pub fn error(code: u16, reason: &str, message: &str, after_events: u64) -> Self {
        let status = watch_core::wire::Status::new(code, reason, message);
        let mut line = Vec::new();
        watch_core::wire::write_event(&mut line, watch_core::wire::EventType::Error, &status.to_json());
        Self::Say { text: String::from_utf8_lossy(&line).into_owned(), after_events, then_end: true }
    }

    /// Sets the shape of a refusal's body. Other faults don't change.
    #[must_use]
    pub const fn shape(mut self, shape: Shape) -> Self {
        if let Self::Refuse(refusal) = &mut self {
            refusal.shape = shape;
        }
        self
    }

    /// Sets `Retry-After` of a refusal, in seconds. Other faults don't change.
    #[must_use]
    pub const fn retry_after(mut self, seconds: i64) -> Self {
        if let Self::Refuse(refusal) = &mut self {
            refusal.retry_after = Some(seconds);
        }
        self
    }

    /// Sets the message of a refusal, or the complete text of its body. Other faults don't change.
    #[must_use]
    pub fn message(mut self, message: &str) -> Self {
        if let Self::Refuse(refusal) = &mut self {
            refusal.message = Some(message.to_owned());
        }
        self
    }

    /// Returns a rule for all requests from now on.
    pub fn always(self) -> Rule {
        self.into()
    }

    /// Returns a rule for the next request.
    pub fn once(self) -> Rule {
        self.times(1)
    }

    /// Returns a rule for this number of requests.
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
    /// Restricts the rule to these requests.
    #[must_use]
    pub fn on(self, requests: Requests) -> Self {
        Self { on: requests, ..self }
    }

    /// Skips this number of matching requests first.
    #[must_use]
    pub fn after(self, skip: u64) -> Self {
        Self { skip, ..self }
    }
}

impl Requests {
    /// Selects the watches of a resource.
    pub fn watch(resource: &str) -> Self {
        Self::verb("watch").of(resource)
    }

    /// Selects the lists of a resource.
    pub fn list(resource: &str) -> Self {
        Self::verb("list").of(resource)
    }

    /// Selects the requests with this verb, for any resource.
    pub fn verb(verb: &str) -> Self {
        Self { verb: Some(verb.to_owned()), ..Self::default() }
    }

    /// Restricts the selection to a resource.
    #[must_use]
    pub fn of(self, resource: &str) -> Self {
        Self { resource: Some(resource.to_owned()), ..self }
    }

    /// Restricts the selection to requests with this text in the path or query.
    #[must_use]
    pub fn containing(self, text: &str) -> Self {
        Self { contains: Some(text.to_owned()), ..self }
    }
}
