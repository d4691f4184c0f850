//! Errors, in all the forms in which kube-apiserver writes them.

use watch_core::{Config, ListSemantics, Phase, Resource};

use super::begin::{from, pods_unversioned, second_page, unversioned};
use super::play::{Case, Events};
use crate::rig::{Rig, pods, streaming};

pub(super) const CASES: [Case; 11] = [
    Case {
        name: "err-bad-field-selector",
        ask: || unversioned(pods().fields("spec.banana=x")),
        asked: "> WATCH",
        differs: None,
        events: Events::These(&[]),
        besides: &["done: refused, not retried: WATCH of pods in default: the server returned 400 BadRequest: \
             field label not supported: spec.banana"],
        phase: Phase::Done,
        then: &[],
    },
    Case {
        name: "err-bad-label-selector",
        ask: || unversioned(pods().labels("app=web")),
        asked: "> WATCH",
        differs: Some("a configuration with the recorded selector, `===`, can't be built"),
        events: Events::These(&[]),
        besides: &["done: refused, not retried: WATCH of pods in default: the server returned 400 BadRequest: \
             found '==', expected: !, identifier, or 'end of string'"],
        phase: Phase::Done,
        then: &[],
    },
    Case {
        name: "err-continue-garbage",
        ask: || second_page("228", "banana"),
        asked: "> LIST page banana",
        differs: None,
        events: Events::These(&[]),
        besides: &[
            "~ relist 1: the server returned 400 BadRequest: invalid continue token: continue key is not valid: \
             invalid character 'm' looking for beginning of value",
            "> LIST unpaged",
        ],
        phase: Phase::Opening,
        then: &[],
    },
    // The recording's name says more than the response does: it is a 401.
    Case {
        name: "err-forbidden",
        ask: pods_unversioned,
        asked: "> WATCH",
        differs: None,
        events: Events::These(&[]),
        besides: &["~ resume 2: the server returned 401 Unauthorized: Unauthorized"],
        phase: Phase::BackingOff,
        then: &["> WATCH with fresh credentials"],
    },
    // And this one a 403.
    Case {
        name: "err-unauthorized",
        ask: pods_unversioned,
        asked: "> WATCH",
        differs: None,
        events: Events::These(&[]),
        besides: &[
            "~ blocked: the server returned 403 Forbidden: pods is forbidden: User \"system:anonymous\" cannot watch \
             resource \"pods\" in API group \"\" in the namespace \"default\"",
        ],
        phase: Phase::BackingOff,
        then: &["> WATCH"],
    },
    // Pretty-printed, as errors are if the server supports nothing in `Accept`.
    Case {
        name: "err-not-acceptable",
        ask: pods_unversioned,
        asked: "> WATCH",
        differs: None,
        events: Events::These(&[]),
        besides: &["done: refused, not retried: WATCH of pods in default: the server returned 406 NotAcceptable: \
             406: Not Acceptable\\n\\nAvailable representations: application/json, application/yaml, \
             application/vnd.kubernetes.protobuf, application/json;stream=watch, \
             application/vnd.kubernetes.protobuf;stream=watch"],
        phase: Phase::Done,
        then: &[],
    },
    Case {
        name: "watch-cbor",
        ask: || from("334", pods()),
        asked: "> WATCH 334",
        differs: None,
        events: Events::These(&[]),
        besides: &[
            "done: refused, not retried: WATCH of pods in default after 334: the server returned 406 NotAcceptable: \
             only the following media types are accepted: application/json, application/yaml, \
             application/vnd.kubernetes.protobuf, application/cbor",
        ],
        phase: Phase::Done,
        then: &[],
    },
    Case {
        name: "err-rv-future-list",
        ask: || Rig::new(pods().list_semantics(ListSemantics::NotOlderThan("99999999".parse().unwrap()))),
        asked: "> LIST >=99999999 unpaged",
        differs: None,
        events: Events::These(&[]),
        besides: &[
            "~ relist 1: the server returned 504 Timeout: Timeout: Too large resource version: 99999999, current: 261",
        ],
        phase: Phase::BackingOff,
        then: &["> LIST >=99999999 unpaged"],
    },
    // It has no reason, so the one of its code is filled in.
    Case {
        name: "err-rv-garbage",
        ask: || from("banana", pods()),
        asked: "> WATCH banana",
        differs: None,
        events: Events::These(&[]),
        besides: &["~ resume 1: the server returned 500 InternalError: resourceVersion: Invalid value: \"banana\": \
             strconv.ParseUint: parsing \"banana\": invalid syntax"],
        phase: Phase::BackingOff,
        then: &["> WATCH banana"],
    },
    Case {
        name: "err-send-initial-no-match",
        ask: streaming,
        asked: "> STREAMING LIST",
        differs: Some("the machine never asks for initial events without the match"),
        events: Events::These(&[]),
        besides: &[
            "~ fell back: the server returned 422 Invalid: ListOptions.meta.k8s.io \"\" is invalid: \
             resourceVersionMatch: Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan",
            "> LIST",
        ],
        phase: Phase::Opening,
        then: &[],
    },
    // Plain text: the group doesn't exist, so no handler writes a Status. The group may be created later.
    Case {
        name: "err-unknown-resource",
        ask: || unversioned(Config::builder(Resource::new("example.com", "v1", "widgets"))),
        asked: "> WATCH",
        differs: None,
        events: Events::These(&[]),
        besides: &["~ blocked: HTTP 404 with text/plain; charset=utf-8; body begins with \"404 page not found\""],
        phase: Phase::BackingOff,
        then: &["> WATCH"],
    },
];
