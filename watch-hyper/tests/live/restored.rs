//! A backup of the store is restored: the server's versions go back, and watches from its future are silent.

use core::time::Duration;
use std::time::Instant;

use futures_util::FutureExt;
use futures_util::future::join_all;
use tokio::time::timeout;
use watch_hyper::watch_core::{InitialCause, Notice};

use crate::mirror::Mirror;
use crate::namespace::{Namespace, config_map};
use crate::server::{BOTH, client, own};

/// The timeout until each mirror is right, from when the server is ready: the backoff of a short outage is below 30 s,
/// a version check is answered at once, and three that agree take 6 s at most. A busy machine needs more.
const BOUND: Duration = Duration::from_secs(60);

/// The number of mirrors for each version of HTTP. It is random which of their attempts meets a refused connection, an
/// accepted connection without an answer, an error of a starting server, or a ready server.
const MIRRORS: u64 = 4;

#[tokio::test]
async fn all_mirrors_follow_a_server_whose_backup_was_restored() {
    let Some(mut cluster) = own(&[]).await else { return };
    let access = cluster.access();
    let namespace = Namespace::create(&access, "restored").await;
    namespace.fill("old", 0..20).await;
    cluster.back_up().await.unwrap();
    let list = namespace.path("configmaps");

    let mut mirrors = Vec::new();
    for seed in 0..MIRRORS {
        for http in BOTH {
            let config = namespace.watch("configmaps").seed(seed).build().unwrap();
            mirrors.push(Mirror::started(client(&access, http), config).await);
        }
    }
    namespace.fill("new", 0..40).await;
    for mirror in &mut mirrors {
        mirror.until("it has what the backup hasn't", |mirror| mirror.len() == 60).await;
    }
    let before = cluster.revision().await.unwrap();

    let restored = async { cluster.restore(Duration::from_secs(5)).await.unwrap() }.shared();
    join_all(mirrors.iter_mut().map(|mirror| mirror.during(restored.clone()))).await;
    drop(restored);
    let ready = Instant::now();
    assert!(cluster.revision().await.unwrap() < before, "the store is older than what was seen");
    let agreeing = mirrors.iter_mut().map(|mirror| async {
        timeout(BOUND, mirror.agrees(&namespace.admin, &list)).await.expect("it is right in time");
        ready.elapsed()
    });
    let took = join_all(agreeing).await;
    println!("right after {took:.1?}");
    assert!(mirrors.iter().all(|mirror| mirror.len() == 20));
    // And it continues from there.
    namespace.admin.post(&list, &config_map("later", "text")).await.unwrap().success().unwrap();
    for mirror in &mut mirrors {
        mirror.agrees(&namespace.admin, &list).await;
    }
    for mirror in &mirrors {
        let notices = mirror.ear.notices();
        let is_said = |notice: &Notice| matches!(notice, Notice::Relisted { cause: InitialCause::Rollback, .. });
        assert!(notices.iter().any(is_said), "{notices:#?}");
        assert_eq!(mirror.ear.needs_attention(), 0);
    }
}
