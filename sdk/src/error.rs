//! The errors of calls and of building a client.

use alloc::{
    borrow::ToOwned as _,
    boxed::Box,
    string::{String, ToString as _},
};
use core::fmt;

use crate::{Code, Refusal};

/// Why a call has no result.
///
/// It prints what happened and what to do next, and contains no token, password, or identifier.
///
/// ```
/// use relatch::{Code, Error};
///
/// fn explain(error: &Error) -> String {
///     match error {
///         Error::Refused(refusal) if refusal.code == Code::LinkExpired => {
///             "Request a new link.".to_owned()
///         }
///         Error::Transport(error) if error.is_timeout() => "Try again later.".to_owned(),
///         _ => error.to_string(),
///     }
/// }
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// The service understood the call and declined it.
    Refused(Refusal),
    /// No complete response was received, or none in time. Whether the service received the request
    /// is unknown. See [`RetryPolicy`](crate::RetryPolicy) for which calls are safe to repeat.
    Transport(TransportError),
    /// The response is not a valid response of the service: usually a proxy or another site sent
    /// it.
    Protocol(ProtocolError),
}

impl Error {
    /// Returns the code of the refusal, or `None` if the error is not a refusal or this version
    /// does not know its code.
    #[must_use]
    pub fn code(&self) -> Option<Code> {
        match self {
            Self::Refused(refusal) => refusal.code.known(),
            _ => None,
        }
    }

    /// Returns what happened and what to do next: the text that the error prints.
    #[must_use]
    pub fn message(&self) -> String {
        match self {
            Self::Refused(refusal) => refusal.message(),
            Self::Transport(error) => error.message().to_owned(),
            Self::Protocol(error) => error.message(),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message())
    }
}

impl core::error::Error for Error {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match self {
            Self::Transport(error) => core::error::Error::source(error),
            Self::Refused(_) | Self::Protocol(_) => None,
        }
    }
}

impl From<TransportError> for Error {
    fn from(error: TransportError) -> Self {
        Self::Transport(error)
    }
}

/// A response that is not a valid response of the service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ProtocolError {
    /// The HTTP status.
    pub status: u16,
    /// Why the response is not valid.
    pub kind: ProtocolErrorKind,
}

/// Why a response is not a valid response of the service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ProtocolErrorKind {
    /// It is a redirect. The client never follows one, because it would send the token elsewhere.
    Redirect,
    /// It is longer than [`MAX_RESPONSE_BYTES`](crate::MAX_RESPONSE_BYTES).
    TooLarge,
    /// It is neither a result of this call nor a problem: HTML, truncated, or from another service.
    Unrecognized,
}

impl ProtocolError {
    fn message(self) -> String {
        let description = match self.kind {
            ProtocolErrorKind::Redirect => {
                "is a redirect. The client does not follow redirects with a token: use the target of \
                 the redirect as the base URL."
            }
            ProtocolErrorKind::TooLarge => {
                "exceeds 64 KiB. Check that the base URL points to the service."
            }
            ProtocolErrorKind::Unrecognized => {
                "is not a valid response of the service. Check that the base URL points to the service, \
                 and which server responds there."
            }
        };
        ["The response with status ", &self.status.to_string(), " ", description].concat()
    }
}

impl fmt::Display for ProtocolError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message())
    }
}

impl core::error::Error for ProtocolError {}

/// Why a client cannot be built. It prints no part of a rejected base URL.
#[derive(Debug)]
#[non_exhaustive]
pub enum BuildError {
    /// The base URL cannot be used, for this reason.
    BaseUrl(&'static str),
    /// The application id is not 1 to 64 ASCII letters, digits, `-`, and `_`.
    ApplicationId,
    /// The user agent is not visible ASCII and spaces.
    #[cfg(feature = "transport")]
    UserAgent,
    /// The server key is empty, or is not visible ASCII without spaces at its ends.
    #[cfg(feature = "transport")]
    ServerKey,
    /// reqwest cannot be set up, usually because the machine has no certificate authorities.
    #[cfg(all(feature = "native", not(target_arch = "wasm32")))]
    Reqwest(Box<dyn core::error::Error + Send + Sync>),
}

impl BuildError {
    /// Returns what is wrong and what to do: the text that the error prints.
    #[must_use]
    pub fn message(&self) -> String {
        match self {
            Self::BaseUrl(reason) => ["The base URL cannot be used: ", reason, "."].concat(),
            Self::ApplicationId => "The application id must be 1 to 64 ASCII letters, digits, `-`, and `_`.".to_owned(),
            #[cfg(feature = "transport")]
            Self::UserAgent => "The user agent must consist of visible ASCII characters and spaces.".to_owned(),
            #[cfg(feature = "transport")]
            Self::ServerKey => "The server key must be a text of visible ASCII characters. Check that it is set.".to_owned(),
            #[cfg(all(feature = "native", not(target_arch = "wasm32")))]
            Self::Reqwest(_) => {
                "The HTTP client cannot be set up. Install the system's certificate authorities, or pass \
                                 your own `reqwest::ClientBuilder` to the builder."
                    .to_owned()
            }
        }
    }
}

impl fmt::Display for BuildError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message())
    }
}

impl core::error::Error for BuildError {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match self {
            #[cfg(all(feature = "native", not(target_arch = "wasm32")))]
            Self::Reqwest(source) => Some(source.as_ref() as _),
            _ => None,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum TransportErrorKind {
    Unreachable,
    TimedOut,
    Aborted,
}

/// No complete response was received. Whether the service received the request is unknown.
#[derive(Debug)]
pub struct TransportError {
    kind: TransportErrorKind,
    source: Option<Box<dyn core::error::Error + Send + Sync>>,
}

impl TransportError {
    /// Creates an error with its cause: an error, or a sentence. The cause must not contain any
    /// part of the request's body.
    ///
    /// ```
    /// let error = relatch::TransportError::new("connection refused");
    /// assert!(!error.is_timeout());
    /// ```
    #[must_use]
    pub fn new(source: impl Into<Box<dyn core::error::Error + Send + Sync>>) -> Self {
        Self { kind: TransportErrorKind::Unreachable, source: Some(source.into()) }
    }

    /// Creates an error without a cause.
    #[must_use]
    pub fn unreachable() -> Self {
        Self { kind: TransportErrorKind::Unreachable, source: None }
    }

    /// Creates the error of a call whose time-out passed.
    #[must_use]
    pub fn timed_out() -> Self {
        Self { kind: TransportErrorKind::TimedOut, source: None }
    }

    /// Creates the error of a call that its caller aborted.
    #[must_use]
    pub fn aborted() -> Self {
        Self { kind: TransportErrorKind::Aborted, source: None }
    }

    #[cfg(all(feature = "native", not(target_arch = "wasm32")))]
    pub(crate) fn caused_by(source: reqwest::Error, timed_out: bool) -> Self {
        let kind =
            if timed_out { TransportErrorKind::TimedOut } else { TransportErrorKind::Unreachable };
        Self { kind, source: Some(source.into()) }
    }

    /// Reports whether the time-out passed.
    #[must_use]
    pub fn is_timeout(&self) -> bool {
        self.kind == TransportErrorKind::TimedOut
    }

    /// Reports whether the caller aborted the call.
    #[must_use]
    pub fn is_aborted(&self) -> bool {
        self.kind == TransportErrorKind::Aborted
    }

    fn message(&self) -> &'static str {
        match self.kind {
            TransportErrorKind::TimedOut => {
                "The service did not respond in time. Repeat the call, or set a longer time-out."
            }
            TransportErrorKind::Unreachable => {
                "The service could not be reached. Check the base URL and the network, then repeat the call."
            }
            TransportErrorKind::Aborted => "The call was aborted before the service responded.",
        }
    }
}

impl fmt::Display for TransportError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.message())
    }
}

impl core::error::Error for TransportError {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}
