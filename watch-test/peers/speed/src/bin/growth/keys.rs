//! What knows the objects by their keys: a `Diff`, and a store.

use std::convert::Infallible;
use std::fmt::Debug;

use bytes::Bytes;
use futures_util::{Stream, StreamExt as _, stream};
use http::{Request, Response};
use http_body::Frame;
use http_body_util::{Full, StreamBody};
use peer_speed::measure::Begun;
use watch_hyper::watch_core::{Change, Config, Event, InitialList, Object, Resource, Start};
use watch_hyper::{Handle, Transport, Watch};

use crate::bodies::{list, pieces};

/// Returns a watch that receives the same list of this number of objects for each LIST.
fn watch(objects: u64) -> Watch<Object> {
    let list = list(objects);
    let transport = Transport::from_fn(move |request: Request<Full<Bytes>>| {
        let is_watch = request.uri().query().is_some_and(|query| query.contains("watch="));
        let list = if is_watch { Bytes::new() } else { list.clone() };
        let pieces: Vec<_> = pieces(&list).map(|piece| Ok::<_, Infallible>(Frame::data(piece))).collect();
        let pieces = stream::iter(pieces);
        // A watch stays open.
        let body = if is_watch { pieces.chain(stream::pending()).boxed() } else { pieces.boxed() };
        async { Ok::<_, Infallible>(Response::new(StreamBody::new(body))) }
    });
    let start = Start::InitialList(InitialList::List);
    let config = Config::builder(Resource::core("v1", "pods")).start(start).page_size(None).build();
    Watch::new(transport, config.expect("a configuration"))
}

/// Lists, then measures a relist. `is_end` returns whether an item ends a list.
fn relist<S: Stream + Unpin>(mut items: S, handle: fn(&mut S) -> &mut Handle, is_end: fn(&S::Item) -> bool) -> u64
where
    S::Item: Debug,
{
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let until_end = async |items: &mut S| while !is_end(&items.next().await.expect("the watch goes on")) {};
        until_end(&mut items).await;
        handle(&mut items).relist();
        let begun = Begun::now();
        until_end(&mut items).await;
        begun.cpu_nanos()
    })
}

pub(crate) fn changes(objects: u64) -> u64 {
    let changes = watch(objects).changes();
    relist(changes, |changes| changes.handle_mut(), |change| matches!(change, Ok(Change::Synced { .. })))
}

pub(crate) fn store(objects: u64) -> u64 {
    let (reflector, store) = watch(objects).store();
    let nanos =
        relist(reflector, |reflector| reflector.handle_mut(), |event| matches!(event, Ok(Event::InitialEnd { .. })));
    assert_eq!(store.snapshot().len() as u64, objects);
    nanos
}
