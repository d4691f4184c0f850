//! Generates the setup of a plan.

use watch_test::check::Rng;

use crate::plan::{
    ClientSetup, ContentTypes, Label, NetSetup, Pieces, Setup, StartAt, StreamingLists, Versions, Watched,
};

pub(super) fn setup(seed: u64, swarm: &mut Rng) -> Setup {
    let clients = if swarm.one_in(6) { 2 } else { 1 };
    let net = NetSetup {
        latency: swarm.pick(&[0, 1, 20, 300]),
        pieces: swarm.pick(&[
            Pieces::Uncut,
            Pieces::Joined,
            Pieces::Bytes,
            Pieces::UpTo(7),
            Pieces::UpTo(100),
            Pieces::UpTo(2048),
            Pieces::AroundLineBreaks,
        ]),
        late: swarm.one_in(2),
        batch: swarm.one_in(2),
        twice: if swarm.one_in(32) { swarm.between(1, 40) } else { 0 },
        dates: swarm.one_in(16),
        retries: false,
        seed,
    };
    // A piece of digits that comes twice changes a number. The result must still be a valid number.
    let first_revision = match net.twice {
        0 => swarm.pick(&[1, 100, 100, (1 << 31) - 3, (1 << 53) - 4, 1 << 62]),
        _ => 100,
    };
    // A separate generator, so that the rest of the plans of old seeds doesn't change.
    let mut odd = Rng::stream(seed, "odd servers");
    let mut setup = Setup {
        resource: swarm.pick(&[Watched::ConfigMaps, Watched::ConfigMaps, Watched::Widgets, Watched::Events]),
        first_revision,
        window: swarm.pick(&[None, Some(1), Some(2), Some(5), Some(20), Some(64)]),
        streaming_lists: swarm.pick(&[
            StreamingLists::On,
            StreamingLists::On,
            StreamingLists::Off,
            StreamingLists::Unknown,
        ]),
        bookmarks: swarm.pick(&[Some(60_000), Some(60_000), Some(5_000), None]),
        progress: swarm.pick(&[Some(5_000), Some(5_000), Some(100), None]),
        backlog: swarm.pick(&[None, None, Some(1), Some(10)]),
        server_seed: seed,
        versions: match swarm.below(16) {
            _ if net.twice > 0 => Versions::Revisions,
            0 => Versions::Huge,
            1 => Versions::Opaque,
            _ => Versions::Revisions,
        },
        repeats_objects: false,
        old_deletions: odd.one_in(8),
        silent_departures: false,
        content_types: ContentTypes::default(),
        ignores_limit: false,
        answers_future: false,
        net,
        clients: (0..clients).map(|number| client(seed ^ (number << 32), swarm)).collect(),
    };
    // Events with opaque versions can't be compared, so old ones can't be recognized.
    setup.repeats_objects = odd.one_in(8) && setup.versions != Versions::Opaque;
    setup.content_types = odd.pick(&[
        ContentTypes::Json,
        ContentTypes::Json,
        ContentTypes::Json,
        ContentTypes::Json,
        ContentTypes::Octets,
        ContentTypes::None,
    ]);
    setup.ignores_limit = odd.one_in(8);
    setup.answers_future = odd.one_in(8);
    setup.silent_departures = odd.one_in(6);
    if odd.one_in(10) && setup.resource == Watched::ConfigMaps {
        setup.resource = Watched::Secrets;
    }
    setup.net.retries = odd.one_in(12);
    if odd.one_in(12) && setup.net.twice == 0 {
        // Versions become one digit longer during the run.
        setup.first_revision = odd.pick(&[5, 90, 985]);
    }
    for client in &mut setup.clients {
        if odd.one_in(10) {
            client.check = Some(20);
        }
        if odd.one_in(8) {
            client.patience = Some(odd.between(5, 60));
        }
    }
    if setup.versions == Versions::Revisions && setup.net.twice == 0 {
        setup.versions = match odd.below(24) {
            0 => Versions::OpaqueLists,
            1 => Versions::UnversionedLists,
            _ => Versions::Revisions,
        };
        setup.repeats_objects &= setup.versions.show_order();
    }
    setup
}

/// Levels of nesting that some clients allow: one more than objects have that aren't made deep on purpose.
const NESTING: usize = 8;

fn client(seed: u64, swarm: &mut Rng) -> ClientSetup {
    let watch = swarm.pick(&[290, 290, 290, 60, 5, 1]);
    let patience = swarm.one_in(12).then(|| swarm.skewed(600));
    ClientSetup {
        patience,
        watch,
        seed,
        namespace: swarm.pick(&[None, None, Some("default".into())]),
        label: swarm.pick(&[None, None, None, Some(Label::Is("x".into())), Some(Label::IsNot("x".into()))]),
        start: swarm.pick(&[StartAt::Auto, StartAt::Auto, StartAt::Auto, StartAt::List, StartAt::List, StartAt::Now]),
        any: swarm.one_in(5),
        page: swarm.pick(&[None, Some(1), Some(2), Some(3), Some(500)]),
        stop_on_expired: swarm.one_in(20),
        bookmarks: !swarm.one_in(8),
        largest: swarm.pick(&[16 << 20, 16 << 20, 4096, 1024]),
        nesting: swarm.one_in(8).then_some(NESTING),
        error_body: swarm.one_in(4).then_some(1024),
        metadata: swarm.one_in(8),
        deadline: if swarm.one_in(24) { Some(swarm.skewed(1000)) } else { None },
        check: if swarm.one_in(8) { Some(swarm.pick(&[45, 120, 600])) } else { None },
    }
}
