//! A plan's client, as the machine's configuration.

use core::time::Duration;

use watch_core::{
    Config, InitialList, JsonCheck, LabelSelector, Limits, ListSemantics, OnExpired, Representation, Resource, Start,
    Timing,
};

use crate::plan::{ClientSetup, Label, StartAt, Watched};
use crate::violation::{Oracle, Violation, broken};

pub(crate) fn config(setup: &ClientSetup, watched: Watched) -> Result<Config, Violation> {
    let resource = match watched {
        Watched::ConfigMaps => Resource::core("v1", "configmaps"),
        Watched::Events => Resource::core("v1", "events"),
        Watched::Secrets => Resource::core("v1", "secrets"),
        Watched::Widgets => Resource::new("example.com", "v1", "widgets"),
    };
    let mut timing = Timing::default();
    timing.watch = Duration::from_secs(setup.watch.max(1));
    let mut limits = Limits::default();
    limits.object = setup.largest.max(64);
    limits.nesting = setup.nesting.unwrap_or(limits.nesting);
    limits.error_body = setup.error_body.unwrap_or(limits.error_body);
    let mut builder = Config::builder(resource)
        .seed(setup.seed)
        .timing(timing)
        .limits(limits)
        // The model of what a client must show decodes each object.
        .json_check(JsonCheck::Full)
        .page_size(setup.page.filter(|page| *page > 0))
        .bookmarks(setup.bookmarks)
        .start(match setup.start {
            StartAt::Auto => Start::InitialList(InitialList::Auto),
            StartAt::List => Start::InitialList(InitialList::List),
            StartAt::Now => Start::Now,
        });
    if let Some(namespace) = &setup.namespace {
        builder = builder.namespace(namespace);
    }
    if let Some(label) = &setup.label {
        builder = builder.labels(match label {
            Label::Is(value) => LabelSelector::new().equal("app", value),
            Label::IsNot(value) => LabelSelector::new().not_equal("app", value),
        });
    }
    if setup.any {
        builder = builder.list_semantics(ListSemantics::Any);
    }
    if setup.stop_on_expired {
        builder = builder.on_expired(OnExpired::Stop);
    }
    if let Some(seconds) = setup.deadline {
        builder = builder.deadline(Duration::from_secs(seconds));
    }
    if let Some(seconds) = setup.patience {
        builder = builder.give_up_after(Duration::from_secs(seconds));
    }
    if let Some(seconds) = setup.check {
        builder = builder.check_every(Duration::from_secs(seconds));
    }
    if setup.metadata {
        builder = builder.representation(Representation::Metadata);
    }
    // A plan with an invalid configuration is a mistake of the plan's author.
    builder.build().or_else(|error| broken(Oracle::Misuse, format!("the plan's setup: {error}")))
}
