//! The reply to a write. The object in it is recorded once its body has been read.

use core::fmt;
use core::pin::Pin;
use core::task::{Context, Poll};

use bytes::{Bytes, BytesMut};
use http_body::{Body, Frame, SizeHint};
use kube_client::core::Status;
use serde::Deserialize;
use serde_json::value::RawValue;
use watch_core::{Object, Written};

use super::ending::Ending;
use super::request::{Effect, Write};
use crate::pending_writes::PendingWrites;

/// The body of a reply, which the layer [`TrackWrites`](crate::TrackWrites) reads along with the program.
pub struct TrackedBody<B> {
    body: B,
    /// What arrived of the reply to a write.
    recorder: Option<Recorder>,
}

impl<B> TrackedBody<B> {
    pub(super) const fn new(body: B, recorder: Option<Recorder>) -> Self {
        Self { body, recorder }
    }
}

impl<B: Body<Data = Bytes> + Unpin> Body for TrackedBody<B> {
    type Data = Bytes;
    type Error = B::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, B::Error>>> {
        let this = &mut *self;
        let polled = Pin::new(&mut this.body).poll_frame(cx);
        if let (Poll::Ready(frame), Some(recorder)) = (&polled, &mut this.recorder) {
            match frame {
                Some(Ok(frame)) => {
                    if let Some(data) = frame.data_ref() {
                        recorder.push(data);
                    }
                    // The reader needn't poll again after the last frame.
                    if this.body.is_end_stream() {
                        this.recorder.take().into_iter().for_each(Recorder::record);
                    }
                }
                Some(Err(_)) => this.recorder = None,
                None => this.recorder.take().into_iter().for_each(Recorder::record),
            }
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl<B> fmt::Debug for TrackedBody<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TrackedBody").field("is_recorded", &self.recorder.is_some()).finish_non_exhaustive()
    }
}

/// Records a write when its reply is complete.
pub(super) struct Recorder {
    write: Write,
    books: Vec<PendingWrites>,
    received: Received,
}

/// The reply as far as it arrived. Mostly, it is one piece.
enum Received {
    Nothing,
    One(Bytes),
    Several(BytesMut),
}

impl Recorder {
    pub(super) const fn new(write: Write, books: Vec<PendingWrites>) -> Self {
        Self { write, books, received: Received::Nothing }
    }

    fn push(&mut self, data: &Bytes) {
        match &mut self.received {
            Received::Nothing => self.received = Received::One(data.clone()),
            Received::One(first) => {
                let mut all = BytesMut::from(&first[..]);
                all.extend_from_slice(data);
                self.received = Received::Several(all);
            }
            Received::Several(all) => all.extend_from_slice(data),
        }
    }

    fn record(self) {
        let Self { write, books, received } = self;
        let reply = match received {
            Received::Nothing => return,
            Received::One(bytes) => bytes,
            Received::Several(bytes) => bytes.freeze(),
        };
        match &write.effect {
            Effect::Writes => {
                if let Ok(object) = Object::parse(reply) {
                    let is_over = Ending::of(&object) == Ending::Over;
                    books.iter().for_each(|writes| wrote(writes, &object, is_over));
                }
            }
            Effect::Deletes { name } => match Object::parse(reply.clone()) {
                Ok(object) => {
                    // Without a deletionTimestamp, the reply is the last state of an object that is gone.
                    let is_over = Ending::of(&object) != Ending::Begun;
                    books.iter().for_each(|writes| wrote(writes, &object, is_over));
                }
                Err(_) => {
                    let Ok(status) = serde_json::from_slice::<Status>(&reply) else { return };
                    let uid = status.details.as_ref().map(|details| details.uid.as_str());
                    let uid = uid.filter(|uid| !uid.is_empty());
                    let object = Written::new(write.namespace.as_deref(), name).with_uid(uid);
                    books.iter().for_each(|writes| writes.deleted(object));
                }
            },
            Effect::DeletesCollection => {
                // A Status has no items.
                let Ok(List { items }) = serde_json::from_slice(&reply) else { return };
                let objects = items.iter().map(|item| Object::parse(reply.slice_ref(item.get().as_bytes())));
                // Deleting an object changes nothing if its deletion has begun before.
                for object in objects.flatten().filter(|object| Ending::of(object) == Ending::NotBegun) {
                    books.iter().for_each(|writes| writes.deletion_requested(written(&object)));
                }
            }
        }
    }
}

/// Records the object of a reply. `is_over` is whether the object is gone; then its version isn't that of the deletion.
fn wrote(writes: &PendingWrites, object: &Object, is_over: bool) {
    if is_over {
        writes.deleted(written(object));
    } else {
        writes.wrote(written(object), object.resource_version());
    }
}

/// The objects before their deletion.
#[derive(Deserialize)]
struct List<'a> {
    #[serde(borrow)]
    items: Vec<&'a RawValue>,
}

fn written(object: &Object) -> Written<'_> {
    Written::new(object.namespace(), object.name()).with_uid(object.uid())
}
