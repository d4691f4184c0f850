//! The sizes of the chunks don't matter.

use futures_util::StreamExt;
use watch_hyper::Watch;
use watch_hyper::watch_core::{Event, Object};

use crate::fake::{Fake, Part, Reply, by_list, frame, list, pod};

#[tokio::test(start_paused = true)]
async fn the_same_events_come_however_the_bodies_are_cut() {
    let list = list(10, &[pod("a", 5), pod("b", 7)]);
    let watch = frame("ADDED", "ü-c", 11) + &frame("MODIFIED", "a", 12) + &frame("DELETED", "b", 13);
    let all = events(&list, &watch, usize::MAX).await;
    assert_eq!(all.len(), 7);
    for size in 1..=watch.len() {
        assert_eq!(events(&list, &watch, size).await, all, "in pieces of {size} bytes");
    }
}

async fn events(list: &str, watch: &str, size: usize) -> Vec<Event> {
    let cut = |body: &str| body.as_bytes().chunks(size).map(|bytes| Part::Bytes(bytes.to_vec().into())).collect();
    let mut watching: Vec<Part> = cut(watch);
    watching.push(Part::Hangs);
    let fake = Fake::new([Reply::Head(200, cut(list)), Reply::Head(200, watching)]);
    Watch::<Object>::new(fake.transport(), by_list()).take(7).map(Result::unwrap).collect().await
}
