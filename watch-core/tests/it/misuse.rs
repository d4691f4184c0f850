//! A mistake of the driver is reported, and changes nothing. What a server does is never a mistake of the driver.

use watch_core::{
    Input, Instant, Misuse, Output, RequestId, ResponseHead, TransportError, TransportErrorKind, Watcher,
};

use crate::rig::{Rig, event, list, pods};

/// A watcher that has sent one request, and its id.
fn sent() -> (Watcher, RequestId) {
    let mut watcher = Watcher::new(pods().build().unwrap());
    let Output::Send(request) = watcher.poll(Instant::ORIGIN) else { panic!("no request") };
    (watcher, request.id)
}

fn head(id: RequestId) -> Input {
    Input::Response { id, head: ResponseHead::new(200) }
}

fn body(id: RequestId) -> Input {
    Input::Body { id, bytes: list("10", &["a@5"]).into() }
}

fn failed(id: RequestId) -> Input {
    Input::Failed { id, error: TransportError::new(TransportErrorKind::Reset, "") }
}

#[test]
fn each_mistake_is_named_and_ignored() {
    type Case = (fn(RequestId) -> Vec<Input>, fn(RequestId) -> Misuse);
    let cases: [Case; 8] = [
        (|id| vec![body(id)], Misuse::BeforeResponse),
        (|id| vec![Input::End { id }], Misuse::BeforeResponse),
        (|id| vec![head(id), head(id)], Misuse::SecondResponse),
        (|id| vec![head(id), body(id), head(id)], Misuse::SecondResponse),
        (|id| vec![head(id), Input::End { id }, body(id)], Misuse::AfterEnd),
        (|id| vec![head(id), Input::End { id }, Input::End { id }], Misuse::AfterEnd),
        (|id| vec![failed(id), head(id)], Misuse::AfterEnd),
        (|id| vec![failed(id), failed(id)], Misuse::AfterEnd),
    ];
    for (number, (inputs, misuse)) in cases.into_iter().enumerate() {
        let (mut watcher, id) = sent();
        let mut inputs = inputs(id);
        let wrong = inputs.pop().unwrap();
        for input in inputs {
            assert_eq!(watcher.handle(input), Ok(()), "{number}");
        }
        let mut without = watcher.clone();
        assert_eq!(watcher.handle(wrong), Err(misuse(id)), "{number}");
        // The next outputs are those of a watcher that never had this input.
        for _ in 0..5 {
            let (found, expected) = (watcher.poll(Instant::ORIGIN), without.poll(Instant::ORIGIN));
            assert_eq!(format!("{found:?}"), format!("{expected:?}"), "{number}");
        }
    }
    // The watcher never sent a request with this id: it is another watcher's.
    let (mut watcher, _) = sent();
    let wrong = tenth();
    for input in [head(wrong), body(wrong), Input::End { id: wrong }, failed(wrong)] {
        assert_eq!(watcher.handle(input), Err(Misuse::NeverSent(wrong)));
    }
}

/// The id of the tenth request of another watcher.
fn tenth() -> RequestId {
    let mut rig = Rig::new(pods());
    for _ in 1..10 {
        rig.handle(Input::Relist);
    }
    rig.id()
}

/// The driver can't know that the machine dropped the exchange.
#[test]
fn late_inputs_of_a_dropped_exchange_are_no_mistake() {
    let mut rig = Rig::live(pods());
    let id = rig.id();
    rig.body("{\"type\":\"ADDED\",\"object\":{}}\n").settle();
    assert_eq!(rig.aborted, [id]);
    let before = rig.take_log();
    for input in [body(id), head(id), Input::End { id }, Input::End { id }, failed(id)] {
        rig.handle(input);
    }
    assert_eq!(rig.take_log(), [""; 0], "after {before:?}");
    // Nor after the end of the watch.
    rig.handle(Input::Stop).handle(body(id)).handle(Input::Relist);
    assert_eq!(rig.done, Some(watch_core::Done::Stopped));
    assert_eq!(rig.watcher.handle(body(tenth())), Err(Misuse::NeverSent(tenth())));
}

#[test]
fn after_the_end_nothing_changes_the_checkpoint() {
    let mut rig = Rig::live(pods());
    rig.body(event("ADDED", "a@11")).handle(Input::Stop);
    let before = rig.watcher.checkpoint();
    assert!(before.is_some());
    for input in [Input::Relist, Input::Stop, Input::Relist] {
        rig.handle(input);
        assert_eq!(rig.watcher.checkpoint(), before);
    }
}

/// An exchange that has ended needs no abort; one that is open gets exactly one.
#[test]
fn only_an_open_exchange_is_aborted() {
    let mut rig = Rig::live(pods());
    rig.body(event("ADDED", "a@11")).end();
    assert!(rig.aborted.is_empty());
    rig.settle();
    let id = rig.id();
    rig.handle(Input::Relist);
    assert_eq!(rig.aborted, [id]);
    let id = rig.id();
    rig.handle(Input::Stop).handle(Input::Stop);
    assert_eq!(rig.aborted[1..], [id]);
}
