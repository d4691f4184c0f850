//! Runs that should come to the same, and don't; and facts that no driver could hand in.

use watch_core::{Event, Input, Instant, Output, ResponseHead};

use super::{begin, end, watcher};
use crate::client::Client;
use crate::oracle::compared;
use crate::plan::{ClientSetup, Oddities, Watched};
use crate::transcript::Transcript;
use crate::violation::{Oracle, Violation};

/// What a run comes to in which these are told.
fn hash(told: &[Event]) -> u64 {
    let mut transcript = Transcript::new(false);
    for event in told {
        transcript.count(event.to_string().as_bytes());
    }
    transcript.hash()
}

#[test]
fn runs_that_come_to_something_else_are_rejected() {
    let set = hash(&[begin(), end(2)]);
    for oracle in [Oracle::Determinism, Oracle::Cuts, Oracle::Clones] {
        let judge = |other, violation| compared::judge(oracle, "another run", set, (other, violation));
        assert_eq!(judge(hash(&[begin(), end(2)]), None), Ok(()));
        for told in [vec![begin()], vec![begin(), end(3)], vec![end(2), begin()], vec![begin(), end(2), end(2)]] {
            assert_eq!(judge(hash(&told), None).unwrap_err().oracle, oracle, "{told:?}");
        }
        // What the other run is guilty of is worse than that it is another.
        let worse = Violation::new(Oracle::Unique, "");
        assert_eq!(judge(set, Some(worse)).unwrap_err().oracle, Oracle::Unique);
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
