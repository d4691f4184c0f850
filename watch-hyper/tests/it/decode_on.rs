//! Objects that are decoded on other threads.

use core::cell::RefCell;
use core::sync::atomic::{AtomicUsize, Ordering};
use core::task::Context;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::task::Wake;
use std::thread;

use futures_util::{FutureExt, StreamExt};
use serde::Deserialize;
use watch_hyper::watch_core::{Event, FromObject, Object};
use watch_hyper::{DecodeJob, DecodeOn, DecodeOnError, Watch};

use crate::fake::{Fake, Part, Reply, by_list, frame, list, pod};

/// A pool that runs jobs only when a test says so.
#[derive(Clone, Default)]
struct Pool(Arc<Mutex<Vec<DecodeJob>>>);

impl Pool {
    fn spawn(&self) -> impl FnMut(DecodeJob) + Send + 'static {
        let jobs = Arc::clone(&self.0);
        move |job| jobs.lock().unwrap().push(job)
    }

    fn take(&self) -> Vec<DecodeJob> {
        core::mem::take(&mut self.0.lock().unwrap())
    }

    fn run_newest_first(&self) {
        self.take().into_iter().rev().for_each(|job| job());
    }
}

#[derive(Debug, Deserialize, PartialEq)]
struct Pod {
    metadata: Metadata,
}

#[derive(Debug, Deserialize, PartialEq)]
#[serde(rename_all = "camelCase")]
struct Metadata {
    resource_version: String,
}

/// A list of `a`, then this number of changes, then silence.
fn changes(number: u64) -> Fake {
    let frames: String = (0..number).map(|n| frame("MODIFIED", "a", 11 + n)).collect();
    Fake::new([
        Reply::Head(200, vec![list(10, &[pod("a", 3)]).as_str().into()]),
        Reply::Head(200, vec![frames.as_str().into(), Part::Hangs]),
    ])
}

fn decode_on<T: FromObject + Send + 'static>(fake: &Fake, limit: usize, pool: &Pool) -> DecodeOn<T> {
    Watch::<T>::new(fake.transport(), by_list()).decode_on(limit, pool.spawn())
}

type Item<T> = Result<Event<T>, DecodeOnError<<T as FromObject>::Error>>;

/// The next item; jobs run, the newest first, whenever there is none.
async fn next<T: FromObject + Send + 'static>(stream: &mut DecodeOn<T>, pool: &Pool) -> Item<T> {
    loop {
        if let Some(item) = stream.next().now_or_never() {
            return item.expect("the watch goes on");
        }
        pool.run_newest_first();
        tokio::task::yield_now().await;
    }
}

/// Reads on until there is nothing to be yielded, and runs no job.
async fn read_on<T: FromObject + Send + 'static>(stream: &mut DecodeOn<T>) {
    for _ in 0..20 {
        assert!(stream.next().now_or_never().is_none(), "nothing is decoded");
        tokio::task::yield_now().await;
    }
}

/// Passes the beginning of the list, `a`, and the list's end.
async fn pass_list<T: FromObject + Send + 'static>(stream: &mut DecodeOn<T>, pool: &Pool) {
    for _ in 0..3 {
        assert!(next(stream, pool).await.is_ok());
    }
}

fn version<T: FromObject>(stream: &DecodeOn<T>) -> Option<String> {
    stream.handle().checkpoint().map(|checkpoint| checkpoint.resource_version().to_string())
}

#[tokio::test(start_paused = true)]
async fn events_keep_their_order_whichever_was_decoded_first() {
    let (fake, pool) = (changes(5), Pool::default());
    let mut stream = decode_on::<Pod>(&fake, 4, &pool);
    pass_list(&mut stream, &pool).await;
    for expected in ["11", "12", "13", "14", "15"] {
        let Ok(Event::Modified(pod)) = next(&mut stream, &pool).await else { panic!("no change") };
        assert_eq!(pod.metadata.resource_version, expected);
    }
}

#[tokio::test(start_paused = true)]
async fn it_reads_no_further_than_its_limit() {
    for (limit, holds) in [(0, 1), (1, 1), (3, 3)] {
        let (fake, pool) = (changes(10), Pool::default());
        let mut stream = decode_on::<Pod>(&fake, limit, &pool);
        pass_list(&mut stream, &pool).await;
        pool.run_newest_first();
        while stream.next().now_or_never().is_some() {}
        read_on(&mut stream).await;
        let mut jobs = pool.take();
        assert_eq!(jobs.len(), holds, "limit {limit}");
        jobs.remove(0)();
        assert!(stream.next().now_or_never().is_some());
        read_on(&mut stream).await;
        assert_eq!(pool.take().len(), 1, "limit {limit}: a new one for the one that was yielded");
    }
}

#[tokio::test(start_paused = true)]
async fn the_checkpoint_covers_only_what_was_yielded() {
    let (fake, pool) = (changes(3), Pool::default());
    let mut stream = decode_on::<Pod>(&fake, 100, &pool);
    let mut covered = Vec::new();
    for _ in 0..6 {
        assert!(next(&mut stream, &pool).await.is_ok());
        // Decodes all that was read, so that it waits for nothing but its turn.
        pool.run_newest_first();
        covered.push(version(&stream));
    }
    let covered: Vec<_> = covered.iter().map(Option::as_deref).collect();
    assert_eq!(covered, [None, None, Some("10"), Some("11"), Some("12"), Some("13")]);
}

static DECODED: AtomicUsize = AtomicUsize::new(0);

#[derive(Debug)]
struct Counted;

impl FromObject for Counted {
    type Error = core::convert::Infallible;

    fn from_object(_: Object) -> Result<Self, Self::Error> {
        DECODED.fetch_add(1, Ordering::Relaxed);
        Ok(Self)
    }
}

#[tokio::test(start_paused = true)]
async fn dropping_it_cancels_the_request_and_the_jobs() {
    let (fake, pool) = (changes(4), Pool::default());
    let mut stream = decode_on::<Counted>(&fake, 2, &pool);
    pass_list(&mut stream, &pool).await;
    while stream.next().now_or_never().is_some() {}
    read_on(&mut stream).await;
    let (before, bodies) = (DECODED.load(Ordering::Relaxed), fake.bodies_dropped());
    let jobs = pool.take();
    assert!(!jobs.is_empty());
    drop(stream);
    jobs.into_iter().for_each(|job| job());
    assert_eq!(DECODED.load(Ordering::Relaxed), before, "a job that had not begun does nothing");
    assert_eq!(fake.bodies_dropped(), bodies + 1);
}

#[derive(Debug)]
struct Fragile;

impl FromObject for Fragile {
    type Error = core::convert::Infallible;

    fn from_object(object: Object) -> Result<Self, Self::Error> {
        let version = object.resource_version().text().into_owned();
        assert_ne!(version, "12", "no decoder for version {version}");
        Ok(Self)
    }
}

#[tokio::test(start_paused = true)]
async fn a_panic_is_an_error_of_that_object_alone() {
    let (fake, pool) = (changes(3), Pool::default());
    let mut stream = decode_on::<Fragile>(&fake, 4, &pool);
    pass_list(&mut stream, &pool).await;
    assert!(matches!(next(&mut stream, &pool).await, Ok(Event::Modified(_))));
    let error = next(&mut stream, &pool).await.unwrap_err();
    assert!(error.to_string().contains("no decoder for version 12"), "{error}");
    let DecodeOnError::Panicked { object, .. } = error else { panic!("{error:?}") };
    assert_eq!(object.resource_version().text(), "12");
    assert_eq!(version(&stream).as_deref(), Some("12"), "it was yielded, as an error");
    assert!(matches!(next(&mut stream, &pool).await, Ok(Event::Modified(_))));
}

#[tokio::test(start_paused = true)]
async fn a_job_that_the_pool_drops_is_an_error_of_its_object() {
    let (fake, pool) = (changes(2), Pool::default());
    let mut stream = decode_on::<Pod>(&fake, 1, &pool);
    pass_list(&mut stream, &pool).await;
    read_on(&mut stream).await;
    drop(pool.take());
    let error = next(&mut stream, &pool).await.unwrap_err();
    let DecodeOnError::Dropped { object } = &error else { panic!("{error:?}") };
    assert_eq!(object.resource_version().text(), "11");
    assert!(error.to_string().contains("default/a@11"), "{error}");
    assert!(matches!(next(&mut stream, &pool).await, Ok(Event::Modified(_))));
}

#[tokio::test(start_paused = true)]
async fn an_object_of_another_shape_is_an_error_with_its_bytes() {
    let (fake, pool) = (changes(1), Pool::default());
    let mut stream = decode_on::<Vec<u8>>(&fake, 4, &pool);
    assert!(next(&mut stream, &pool).await.is_ok(), "the list begins");
    let error = next(&mut stream, &pool).await.unwrap_err();
    let DecodeOnError::Decode(error) = error else { panic!("{error:?}") };
    assert_eq!(error.object().raw(), pod("a", 3).as_bytes());
    assert!(next(&mut stream, &pool).await.is_ok(), "the list ends");
}

#[tokio::test(start_paused = true)]
async fn what_was_read_before_a_stop_is_yielded() {
    let (fake, pool) = (changes(9), Pool::default());
    let mut stream = decode_on::<Object>(&fake, 2, &pool);
    pass_list(&mut stream, &pool).await;
    while stream.next().now_or_never().is_some() {}
    read_on(&mut stream).await;
    stream.handle().stop();
    pool.run_newest_first();
    let rest: Vec<_> = stream.by_ref().map(|event| event.unwrap()).collect().await;
    let [Event::Modified(first), Event::Modified(second)] = &rest[..] else { panic!("{rest:?}") };
    assert!(first.resource_version().text() < second.resource_version().text(), "both have two digits");
    assert_eq!(version(&stream), Some(second.resource_version().to_string()));
}

#[tokio::test(start_paused = true)]
async fn a_job_decodes_several_objects_if_the_limit_allows_it() {
    let (fake, pool) = (changes(100), Pool::default());
    let mut stream = decode_on::<Pod>(&fake, 16, &pool);
    pass_list(&mut stream, &pool).await;
    pool.run_newest_first();
    while stream.next().now_or_never().is_some() {}
    read_on(&mut stream).await;
    assert_eq!(pool.0.lock().unwrap().len(), 8, "2 objects each");
    for expected in 0..50 {
        assert!(next(&mut stream, &pool).await.is_ok(), "{expected}");
    }
}

/// What the thread that decodes the first change does before it returns.
struct Gate {
    begun: Sender<()>,
    opens: Receiver<()>,
}

thread_local! {
    static GATE: RefCell<Option<Gate>> = const { RefCell::new(None) };
    static DECODED_HERE: RefCell<Vec<u64>> = const { RefCell::new(Vec::new()) };
}

/// Its decoder notes the version in its thread. In a thread with a gate, it waits for the gate once. It panics for every
/// fourth version.
#[derive(Debug)]
struct Gated(u64);

impl FromObject for Gated {
    type Error = core::convert::Infallible;

    fn from_object(object: Object) -> Result<Self, Self::Error> {
        let version = object.resource_version().text().parse().unwrap();
        DECODED_HERE.with_borrow_mut(|decoded| decoded.push(version));
        if let Some(gate) = GATE.take() {
            gate.begun.send(()).unwrap();
            gate.opens.recv().unwrap();
        }
        assert_ne!(version % 4, 0, "no decoder for version {version}");
        Ok(Self(version))
    }
}

/// Runs the jobs in a thread that waits in the first one. Returns when it waits, with what ends the waiting, and the
/// thread, which returns the versions that it decoded.
fn run_gated(jobs: Vec<DecodeJob>) -> (Sender<()>, thread::JoinHandle<Vec<u64>>) {
    let ((begun, has_begun), (open, opens)) = (channel(), channel());
    let thread = thread::spawn(move || {
        GATE.set(Some(Gate { begun, opens }));
        jobs.into_iter().for_each(|job| job());
        DECODED_HERE.take()
    });
    has_begun.recv().unwrap();
    (open, thread)
}

/// Returns a stream that has read four changes, with a job for each, and the version before them.
async fn four_waiting() -> (DecodeOn<Gated>, Vec<DecodeJob>, u64) {
    let (fake, pool) = (changes(100), Pool::default());
    let mut stream = decode_on::<Gated>(&fake, 4, &pool);
    pass_list(&mut stream, &pool).await;
    pool.run_newest_first();
    while stream.next().now_or_never().is_some() {}
    DECODED_HERE.take();
    read_on(&mut stream).await;
    assert!(DECODED_HERE.take().is_empty(), "no thread of the pool is busy");
    let jobs = pool.take();
    assert_eq!(jobs.len(), 4);
    let yielded = version(&stream).unwrap().parse().unwrap();
    (stream, jobs, yielded)
}

#[tokio::test(start_paused = true)]
async fn the_stream_decodes_what_waits_while_the_pool_is_busy() {
    let (mut stream, jobs, before) = four_waiting().await;
    let (open, thread) = run_gated(jobs);
    assert!(stream.next().now_or_never().is_none(), "the first one isn't decoded");
    assert_eq!(DECODED_HERE.take(), [before + 2, before + 3, before + 4], "by this thread");
    assert_eq!(version(&stream), Some(before.to_string()), "none of them was yielded");

    open.send(()).unwrap();
    assert_eq!(thread.join().unwrap(), [before + 1], "the other jobs found nothing to do");
    let mut panics = 0;
    for expected in before + 1..=before + 4 {
        match stream.next().now_or_never().flatten() {
            Some(Ok(Event::Modified(Gated(version)))) => assert_eq!(version, expected),
            Some(Err(DecodeOnError::Panicked { object, .. })) => {
                assert_eq!(object.resource_version().text(), expected.to_string());
                panics += 1;
            }
            other => panic!("{other:?}"),
        }
        assert_eq!(version(&stream), Some(expected.to_string()));
    }
    assert_eq!(panics, 1, "one of four versions");
}

#[tokio::test(start_paused = true)]
async fn a_dropped_job_of_an_object_decoded_here_is_no_error() {
    let (mut stream, mut jobs, before) = four_waiting().await;
    let others = jobs.split_off(1);
    let (open, thread) = run_gated(jobs);
    assert!(stream.next().now_or_never().is_none());
    drop(others);
    open.send(()).unwrap();
    thread.join().unwrap();
    for _ in 0..4 {
        let item = stream.next().now_or_never().flatten().expect("decoded");
        assert!(!matches!(item, Err(DecodeOnError::Dropped { .. })), "{item:?}");
    }
    assert_eq!(version(&stream), Some((before + 4).to_string()));
}

/// Counts how often a task is woken.
#[derive(Default)]
struct Wakes(AtomicUsize);

impl Wake for Wakes {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

#[tokio::test(start_paused = true)]
async fn the_stream_is_woken_when_the_first_object_is_decoded() {
    let (mut stream, jobs, _) = four_waiting().await;
    let (open, thread) = run_gated(jobs);
    let wakes = Arc::new(Wakes::default());
    let waker = Arc::clone(&wakes).into();
    assert!(stream.poll_next_unpin(&mut Context::from_waker(&waker)).is_pending());
    assert_eq!(wakes.0.load(Ordering::Relaxed), 0, "the others don't wake it");
    open.send(()).unwrap();
    thread.join().unwrap();
    assert_eq!(wakes.0.load(Ordering::Relaxed), 1);
    assert!(stream.next().now_or_never().is_some());
}

#[tokio::test(start_paused = true)]
async fn a_stream_can_be_dropped_while_a_job_runs() {
    let (stream, jobs, before) = four_waiting().await;
    let (open, thread) = run_gated(jobs);
    drop(stream);
    open.send(()).unwrap();
    assert_eq!(thread.join().unwrap(), [before + 1], "the jobs that had not begun do nothing");
}

#[tokio::test]
async fn threads_of_tokio_decode_a_thousand_events_in_order() {
    let fake = changes(1000);
    let spawn = |job: DecodeJob| drop(tokio::task::spawn_blocking(job));
    let stream = Watch::<Pod>::new(fake.transport(), by_list()).decode_on(16, spawn);
    let versions: Vec<u64> = stream
        .filter_map(|event| async { if let Event::Modified(pod) = event.unwrap() { Some(pod) } else { None } })
        .map(|pod| pod.metadata.resource_version.parse::<u64>().unwrap())
        .take(1000)
        .collect()
        .await;
    assert!(versions.iter().copied().eq(11..1011));
}
