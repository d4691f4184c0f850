//! Many watches in one task. In a binary of its own, because it needs nothing of the others.

use core::pin::Pin;
use core::task::{Context, Poll};
use std::convert::Infallible;

use bytes::Bytes;
use futures_util::stream::SelectAll;
use futures_util::{Stream, StreamExt, stream};
use http_body::Frame;
use http_body_util::{Full, StreamBody};
use watch_hyper::watch_core::{Config, Event, Object, Resource};
use watch_hyper::{Transport, Watch};

const EMPTY_LIST: &str = r#"{"type":"BOOKMARK","object":{"kind":"Pod","apiVersion":"v1","metadata":{"resourceVersion":"123456789","annotations":{"k8s.io/initial-events-end":"true"}}}}"#;

/// Counts the polls of a watch.
struct Counted {
    watch: Watch<Object>,
    polls: u64,
}

impl Stream for Counted {
    type Item = (Event, u64);

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.polls += 1;
        let polls = self.polls;
        self.watch.poll_next_unpin(cx).map(|event| event.and_then(Result::ok).map(|event| (event, polls)))
    }
}

/// The polls of each of this number of watches until all lists are complete, on average.
async fn polls_of_each(watches: u64) -> u64 {
    let transport = Transport::from_fn(|_: http::Request<Full<Bytes>>| {
        let list = Ok::<_, Infallible>(Frame::data(Bytes::from(format!("{EMPTY_LIST}\n"))));
        let body = StreamBody::new(stream::iter([list]).chain(stream::pending()));
        async { Ok::<_, Infallible>(http::Response::new(body)) }
    });
    let config = Config::builder(Resource::core("v1", "pods")).seed(1).build().unwrap();
    let watch = || Counted { watch: Watch::new(transport.clone(), config.clone()), polls: 0 };
    let mut all: SelectAll<_> = (0..watches).map(|_| watch()).collect();
    let (mut synced, mut polls) = (0, 0);
    while synced < watches {
        let (event, of_watch) = all.next().await.unwrap();
        if matches!(event, Event::InitialEnd { .. }) {
            synced += 1;
            polls += of_watch;
        }
    }
    polls / watches
}

/// When the budget of the task is used up, the watches that are ready aren't polled all in vain.
#[tokio::test]
async fn a_watch_is_polled_as_often_among_thousands_as_among_a_few() {
    let (few, many) = (polls_of_each(10).await, polls_of_each(5_000).await);
    println!("polls of a watch: {few} among 10, {many} among 5,000");
    assert!(many <= few + 2, "{few} among 10, {many} among 5,000");
}
