//! Machines that are about to receive a recorded response.

use watch_core::{ConfigBuilder, OnExpired, Start};

use crate::rig::{Rig, error, page, pods};

/// A watch from a version, without a list.
pub(super) fn from(version: &str, config: ConfigBuilder) -> Rig {
    Rig::new(config.start(Start::From(version.parse().unwrap())))
}

pub(super) fn from_228() -> Rig {
    from("228", pods())
}

/// A watch without a version: what `KubernetesWatcher` does after a 410.
pub(super) fn unversioned(config: ConfigBuilder) -> Rig {
    let mut rig = from("100", config.on_expired(OnExpired::RestartWithoutVersion));
    rig.open().body(error(410, "Expired", "too old"));
    rig
}

pub(super) fn pods_unversioned() -> Rig {
    unversioned(pods())
}

/// A list whose first page arrived, with this version and this token.
pub(super) fn second_page(version: &str, token: &str) -> Rig {
    let mut rig = Rig::new(pods().page_size(Some(2)));
    rig.reply(200, page(version, token, &["a@1", "b@2"]));
    rig
}
