//! Tests of the machine through its two doors.

mod attention;
mod bad_input;
mod captures;
mod checkpoint;
mod compressed;
#[cfg(feature = "k8s-openapi")]
mod conditions;
mod config;
mod cut_short;
mod cuts;
mod debounce;
mod deletions;
mod diagram;
mod diff;
mod diff_index;
mod diff_sets;
#[cfg(feature = "trace")]
mod doors;
mod exact;
mod fallback;
mod first;
mod freshness;
mod from_object;
mod headers;
mod herd;
mod kinds;
mod label_matcher;
mod lasting;
mod late_driver;
mod long_versions;
mod managed_fields;
mod metadata;
mod misuse;
mod other_lists;
mod pending_writes;
mod policy;
mod predicates;
mod readme;
mod recover;
mod refusal;
mod repeats;
mod request_bounds;
mod resource;
mod rig;
mod rollback;
mod secrets;
mod stop;
mod time;
#[cfg(feature = "trace")]
mod trace;
mod transcript;
mod version_check;
mod wait_for;
mod wait_for_many;
mod wire;
mod work_queue;
