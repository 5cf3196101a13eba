//! Answers one request.

use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;

use http::{HeaderMap, Response};
use worker::Env;

use crate::bindings::HostRequest;
use crate::configuration::{Misconfigured, is_directory_valid, with_application};
use crate::host::{count_task, log_error, quietly};
use crate::log::may_hold_secret;
use crate::platform::CloudflarePlatform;
use crate::wire::{CLIENT_ADDRESS, parse_request};
use relatch_domain::service::Service;
use relatch_domain::values::client::{ClientInfo, Continent};
use relatch_http::{handle, misconfigured, resolve_application, unknown_application};

/// A response with its whole body.
type Answer = Response<Vec<u8>>;

/// Returns the response to a request.
pub fn respond(host_request: HostRequest, env: Env) -> Pin<Box<dyn Future<Output = Answer>>> {
    let head = host_request.head();
    let is_quiet = may_hold_secret(head.split('\n').nth(1).unwrap_or_default());
    let mut request = parse_request(&head, host_request.body());
    let client = client_info(request.headers(), host_request.clone());
    let response = async move {
        let failure = host_request.failure();
        if let Some(failure) = failure {
            log_error(&failure);
        }
        let wait_until = host_request.clone();
        let application =
            with_application(&env, |all| resolve_application(all, &mut request).cloned());
        let response = match application {
            Ok(Some(configured)) if is_directory_valid(&configured) => {
                let platform = CloudflarePlatform::for_request(&env, &configured, host_request);
                let service = Service { application: &configured.application, platform: &platform };
                handle(service, &client, request).await
            }
            Ok(None) => unknown_application(request.uri().path()),
            Ok(Some(_)) | Err(Misconfigured) => misconfigured(),
        };
        if let Some(task) = count_task() {
            // Without the task, the next line writes the number.
            let _best_effort = wait_until.wait_until(&task);
        }
        response
    };
    if is_quiet { Box::pin(quietly(response)) } else { Box::pin(response) }
}

/// Returns what the host reports about the client: its address and its continent.
fn client_info(headers: &HeaderMap, host_request: HostRequest) -> ClientInfo {
    let address = headers.get(CLIENT_ADDRESS).and_then(|address| address.to_str().ok());
    ClientInfo {
        address: address.and_then(|address| address.trim().parse().ok()),
        continent: Rc::new(move || {
            Continent::from_code(&host_request.continent().unwrap_or_default())
        }),
        reporter: None,
    }
}
