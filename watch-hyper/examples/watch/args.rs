//! The command line.

use core::time::Duration;
use std::path::PathBuf;

use clap::{Parser, ValueEnum};
use watch_hyper::watch_core::{FieldSelector, LabelSelector, ResourceName, ResourceVersion};

use super::duration;

/// Watch a Kubernetes resource.
///
/// Without a RESOURCE: a demonstration of 15 seconds with its own API server, which drops connections and forgets its
/// history. At the end, the state of the server is compared with what the watch saw.
///
/// With a RESOURCE: watches the API server of --server, or of a kubeconfig (which needs `--features kube`), until
/// Ctrl-C or SIGTERM.
#[derive(Debug, Parser)]
#[command(version)]
pub(crate) struct Args {
    /// The API server: https://HOST:PORT (`kubectl config view --minify` shows it) [default: that of the kubeconfig]
    #[arg(long, value_name = "URL", requires = "resource")]
    pub(crate) server: Option<String>,

    /// The kubeconfig [default: as for kubectl, KUBECONFIG or ~/.kube/config]
    #[cfg(feature = "kube")]
    #[arg(long, value_name = "FILE", requires = "resource", conflicts_with = "server")]
    pub(crate) kubeconfig: Option<PathBuf>,

    /// What to watch, as for kubectl: pods, deployments.apps, widgets.v1.example.com
    #[arg(value_name = "RESOURCE[.VERSION][.GROUP]")]
    pub(crate) resource: Option<ResourceName>,

    /// Watch this namespace [default: all namespaces]
    #[arg(short, long, requires = "resource", conflicts_with = "all_namespaces")]
    pub(crate) namespace: Option<String>,

    /// Watch all namespaces, or a resource without namespaces (nodes)
    #[arg(short = 'A', long, requires = "resource")]
    pub(crate) all_namespaces: bool,

    /// Only objects with these labels: app=web,tier in (a,b)
    #[arg(short = 'l', long, value_name = "L", value_parser = str::parse::<LabelSelector>, requires = "resource")]
    pub(crate) selector: Option<LabelSelector>,

    /// Only objects with these fields: spec.nodeName=node-1
    #[arg(long, value_name = "F", value_parser = str::parse::<FieldSelector>, requires = "resource")]
    pub(crate) field_selector: Option<FieldSelector>,

    /// Start with the changes after this resourceVersion, without a list
    #[arg(long, value_name = "RV", requires = "resource")]
    pub(crate) from: Option<ResourceVersion>,

    /// End after this time: 30s, 5m, 1h
    #[arg(long = "for", value_name = "TIME", value_parser = duration::parse, requires = "resource")]
    pub(crate) deadline: Option<Duration>,

    /// json: one change a line, with its object; name: just NAMESPACE/NAME
    #[arg(short, long, value_enum, default_value_t = Format::Text, requires = "resource")]
    pub(crate) output: Format,

    /// Record all inputs and outputs of the machine to this file; `watch-test replay FILE` replays it. It holds what
    /// the server sent (the values of Secrets, if those are watched) and no credentials
    #[arg(long, value_name = "FILE", requires = "resource")]
    pub(crate) trace: Option<PathBuf>,

    /// Bearer token (visible to other users of this machine; prefer --token-file)
    #[arg(long, requires = "server", conflicts_with = "token_file")]
    pub(crate) token: Option<String>,

    /// File with the bearer token; read again when it changes
    #[arg(long, value_name = "FILE", requires = "server")]
    pub(crate) token_file: Option<PathBuf>,

    /// PEM file with the certificate authority of the server [default: those of the platform]
    #[arg(long, value_name = "FILE", requires = "server", conflicts_with = "insecure")]
    pub(crate) ca: Option<PathBuf>,

    /// Accept any certificate: an attacker on the network can read and change everything, including the token
    #[arg(long, requires = "server")]
    pub(crate) insecure: bool,

    /// PEM file with a client certificate
    #[arg(long, value_name = "FILE", requires = "client_key", requires = "server")]
    pub(crate) client_cert: Option<PathBuf>,

    /// PEM file with its key
    #[arg(long, value_name = "FILE", requires = "client_cert", requires = "server")]
    pub(crate) client_key: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    Text,
    Json,
    Name,
}
