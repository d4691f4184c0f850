//! Requests and replies as values: paths, parameters, headers and bodies.

pub(crate) mod access;
pub(crate) mod body;
pub(crate) mod continue_token;
pub(crate) mod list_options;
pub(crate) mod negotiate;
pub(crate) mod object_reply;
pub(crate) mod reply;
pub(crate) mod request;
pub(crate) mod route;
pub(crate) mod subresource;
