//! Types of kube's, as what is watched.
