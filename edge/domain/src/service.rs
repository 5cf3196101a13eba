//! The context of every call.

use crate::application::Application;

/// One application on one platform. The use cases and the jobs of the objects are its methods.
pub struct Service<'a, P> {
    /// The application that the call is for.
    pub application: &'a Application,
    /// The ports of that application.
    pub platform: &'a P,
}

impl<P> Clone for Service<'_, P> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<P> Copy for Service<'_, P> {}
