//! Servers that call for visitors: a server key with the scope `request` allows its holder to report
//! the visitor's address.

use http::{HeaderMap, HeaderName};
use relatch::{Code, Problem, wire};
use relatch_domain::application::Application;
use relatch_domain::values::client::{ClientInfo, parse_public_address};
use relatch_domain::values::server_key::{KeyError, Scope, ServerCaller};

use crate::decode::{bearer, invalid, text};

/// The header with the visitor's address.
pub(crate) const VISITOR_ADDRESS: HeaderName = HeaderName::from_static(wire::VISITOR_ADDRESS);

const INVALID: &str = "`Relatch-Visitor-Address` must be one public IPv4 or IPv6 address, without a \
    port. Leave it out for a visitor whose address is not public.";

/// Returns whether a call has a server key with the scope `request`, so that the application
/// vouches for its visitor.
pub(crate) fn is_vouched(application: &Application, headers: &HeaderMap) -> bool {
    let caller = |key| application.server_keys.caller(key, Scope::Request);
    bearer(headers).is_some_and(|key| caller(key).is_ok())
}

/// Returns the visitor whom the caller names, or `None` if it names none. The header has no effect
/// without a key, or with a key that lacks the scope.
///
/// A call without the header is not looked at: its `Authorization` may be meant for a proxy.
///
/// # Errors
///
/// `key_invalid` for a bearer key that the application does not have, `request_invalid` for
/// anything but one public address.
pub(crate) fn named(
    application: &Application,
    caller: &ClientInfo,
    headers: &HeaderMap,
) -> Result<Option<ClientInfo>, Problem> {
    if !headers.contains_key(VISITOR_ADDRESS) {
        return Ok(None);
    }
    let Some(key) = bearer(headers) else { return Ok(None) };
    match application.server_keys.caller(key, Scope::Request) {
        Ok(ServerCaller { label }) => {
            let address = text(headers, &VISITOR_ADDRESS).and_then(parse_public_address);
            let address = address.ok_or_else(|| invalid(INVALID))?;
            Ok(Some(caller.visitor(address, label)))
        }
        Err(KeyError::Unknown) => Err(Code::KeyInvalid.into()),
        Err(KeyError::OutOfScope) => Ok(None),
    }
}
