//! The calls of other systems, over the same use cases. A dialect is one file: its paths, its
//! fields, the format of its responses. It decides nothing.

pub(crate) mod cloudcms;
pub(crate) mod flask;
pub(crate) mod rest;
