//! The cases that decode on threads, in addition to the thread that polls. Their instructions differ from run to run.

use std::sync::{Arc, Mutex, mpsc};
use std::thread;

use futures_util::StreamExt as _;
use k8s_openapi::api::core::v1::Pod;
use tokio::runtime::Builder;
use watch_hyper::watch_core::Config;
use watch_hyper::{DecodeJob, Transport, Watch};

use crate::cases::streams::{Items, has_object};
use crate::cases::{Case, Named, pods};

pub(crate) const CASES: &[Named] =
    &[("watch, Pod, decode_on 1 thread", || case::<1>()), ("watch, Pod, decode_on 2 threads", || case::<2>())];

/// The objects that are decoded at once.
const AT_ONCE: usize = 32;

fn case<const THREADS: usize>() -> Case {
    // A paused clock would advance while the stream waits for a thread.
    let runtime = Builder::new_current_thread().enable_time().build().expect("a runtime");
    Case::on(runtime, pods(), decoded_on::<THREADS>)
}

fn decoded_on<const THREADS: usize>(transport: Transport, config: Config) -> Items {
    Box::pin(Watch::<Pod>::new(transport, config).decode_on(AT_ONCE, pool(THREADS)).map(has_object))
}

/// Returns a function that runs jobs on this number of threads, which end when it is dropped.
fn pool(threads: usize) -> impl FnMut(DecodeJob) + Send + 'static {
    let (send, receive) = mpsc::channel::<DecodeJob>();
    let receive = Arc::new(Mutex::new(receive));
    for _ in 0..threads {
        let receive = Arc::clone(&receive);
        thread::spawn(move || {
            loop {
                let job = receive.lock().expect("no job runs while the lock is held").recv();
                let Ok(job) = job else { return };
                job();
            }
        });
    }
    move |job| drop(send.send(job))
}
