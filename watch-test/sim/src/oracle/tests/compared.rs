//! Runs whose results differ although they should be the same, and facts that no driver could hand in.

use watch_core::{Event, Input, Instant, Output, ResponseHead};

use super::{begin, end, watcher};
use crate::client::Client;
use crate::oracle::compared;
use crate::plan::{ClientSetup, Oddities, Watched};
use crate::transcript::Transcript;
use crate::violation::{Oracle, Violation};

/// Returns the hash of a run with these events.
fn hash(delivered: &[Event]) -> u64 {
    let mut transcript = Transcript::new(false);
    for event in delivered {
        transcript.count(event.to_string().as_bytes());
    }
    transcript.hash()
}

#[test]
fn runs_with_another_result_are_rejected() {
    let set = hash(&[begin(), end(2)]);
    for oracle in [Oracle::Determinism, Oracle::Cuts, Oracle::Clones] {
        let check = |other, violation| compared::check(oracle, "another run", set, (other, violation));
        assert_eq!(check(hash(&[begin(), end(2)]), None), Ok(()));
        for delivered in [vec![begin()], vec![begin(), end(3)], vec![end(2), begin()], vec![begin(), end(2), end(2)]] {
            assert_eq!(check(hash(&delivered), None).unwrap_err().oracle, oracle, "{delivered:?}");
        }
        // A violation in the other run takes precedence over the difference.
        let worse = Violation::new(Oracle::Unique, "");
        assert_eq!(check(set, Some(worse)).unwrap_err().oracle, Oracle::Unique);
    }
}

#[test]
fn facts_in_no_order_are_rejected() {
    let client = || Client::new(&ClientSetup::default(), Watched::ConfigMaps, Oddities::default()).unwrap();
    let asked = || {
        let mut client = client();
        assert!(matches!(client.poll(Instant::ORIGIN), Output::Send(_)));
        client
    };
    let (_, id) = watcher();
    let facts = || (Input::Response { id, head: ResponseHead::new(200) }, Input::Body { id, bytes: "{".into() });
    let misuse = |result: Result<(), Violation>| result.unwrap_err().oracle == Oracle::Misuse;

    let mut good = asked();
    let (head, body) = facts();
    good.handle(head).unwrap();
    good.handle(body).unwrap();
    good.handle(Input::End { id }).unwrap();
    assert!(misuse(good.handle(Input::End { id })));

    // Nothing was sent; there is no head.
    assert!(misuse(client().handle(facts().0)));
    assert!(misuse(asked().handle(facts().1)));
}
