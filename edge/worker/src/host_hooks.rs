//! The hooks of an instance, as the port of the domain: the values that cross, and their shapes.
//! `edge/index.d.ts` documents them.

use std::rc::Rc;

use serde::{Deserialize, Serialize, Serializer};
use wasm_bindgen::JsValue;
use worker::Env;

use crate::bindings::HostRequest;
use crate::hooks::Hook;
use crate::host::AlarmProgress;
use relatch_domain::application::Application;
use relatch_domain::events::{Event, EventValue, EventView, RefusalReason};
use relatch_domain::mail::Parts;
use relatch_domain::mail::notice::{ChangeMethod, NoticedChange};
use relatch_domain::mail::rendering::{MailToRender, RenderOutcome};
use relatch_domain::ports::{HookResponse, Hooks, Outage, RequestCall, ResetDecision};
use relatch_domain::timeouts;
use relatch_domain::values::account::{Account, Role};
use relatch_domain::values::client::ClientInfo;
use relatch_domain::values::time::Moment;

/// The hooks of one application.
pub struct HostHooks {
    application: Rc<Application>,
    before_request: Option<Hook>,
    may_reset: Option<Hook>,
    render: Option<Hook>,
    on_event: Option<Hook>,
    /// The request that is answered, which knows its country.
    request: Option<HostRequest>,
    progress: AlarmProgress,
}

impl HostHooks {
    /// Creates the adapter for an application.
    pub fn new(
        env: &Env,
        application: &Rc<Application>,
        request: Option<HostRequest>,
        progress: AlarmProgress,
    ) -> Self {
        Self {
            application: Rc::clone(application),
            before_request: Hook::find(env, "beforeRequest", timeouts::HOOK_BEFORE_REQUEST),
            may_reset: Hook::find(env, "mayReset", timeouts::HOOK_MAY_RESET),
            render: Hook::find(env, "render", timeouts::HOOK_RENDER),
            on_event: Hook::find(env, "onEvent", timeouts::HOOK_EVENT),
            request,
            progress,
        }
    }
}

impl Hooks for HostHooks {
    async fn before_request(
        &self,
        call: RequestCall<'_>,
        client: &ClientInfo,
    ) -> Result<Option<HookResponse>, Outage> {
        let Some(hook) = &self.before_request else { return Ok(None) };
        let RequestCall { surface, method, path, headers, captcha, .. } = call;
        let value = CallValue {
            application: self.application.id.as_str(),
            call: surface,
            method,
            path,
            address: client.address.map(|address| address.to_canonical().to_string()),
            // That of a server is not that of its visitor.
            country: self
                .request
                .as_ref()
                .filter(|_| client.reporter.is_none())
                .and_then(HostRequest::country),
            server: client.reporter.as_ref().map(|reporter| reporter.label.as_str()),
            headers: Headers(headers),
            captcha,
        };
        let response: Option<ResponseValue> = hook.call(&value, &self.progress).await?;
        Ok(response.map(|ResponseValue { status, headers, body }| HookResponse {
            status,
            headers,
            body,
        }))
    }

    fn decides_resets(&self) -> bool {
        self.may_reset.is_some()
    }

    async fn may_reset(&self, account: &Account) -> Result<ResetDecision, Outage> {
        let Some(hook) = &self.may_reset else { return Ok(ResetDecision::Allowed) };
        let Account { id, username, email, name, role, .. } = account;
        let value = AccountValue {
            application: self.application.id.as_str(),
            id: &id.0,
            username,
            email: email.as_deref(),
            name: name.as_deref(),
            role: match role {
                Role::User => "user",
                Role::Admin => "admin",
                Role::Machine => "machine",
            },
        };
        let decision: JsValue = hook.run_with(&value, &self.progress).await?;
        if decision.as_bool() == Some(true) {
            return Ok(ResetDecision::Allowed);
        }
        let reason = decision.as_string().and_then(|text| RefusalReason::new(&text));
        reason.map(ResetDecision::Refused).ok_or_else(|| hook.wrong_shape())
    }

    fn receives_events(&self) -> bool {
        self.on_event.is_some()
    }

    async fn on_event(&self, event: &Event) -> Result<(), Outage> {
        let Some(hook) = &self.on_event else { return Ok(()) };
        let view = EventView::from(event);
        let value = EventValue::new(event.application.as_str(), &view);
        // Whatever it returns.
        hook.run_with(&value, &self.progress).await.map(drop)
    }

    fn renders_mails(&self) -> bool {
        self.render.is_some()
    }

    async fn render(&self, mail: &MailToRender) -> Result<RenderOutcome, Outage> {
        let Some(hook) = &self.render else { return Ok(RenderOutcome::Unset) };
        let value = MailValue::new(&self.application, mail);
        let result = hook.run_with(&value, &self.progress).await?;
        // The mail has the built-in texts then, so it is no outage.
        Ok(match hook.read::<PartsValue>(result) {
            Ok(PartsValue { subject, text, html }) => {
                RenderOutcome::Parts(Parts { subject, text, html })
            }
            Err(Outage) => RenderOutcome::Invalid,
        })
    }
}

#[derive(Serialize)]
struct CallValue<'a> {
    application: &'a str,
    call: &'a str,
    method: &'a str,
    path: &'a str,
    address: Option<String>,
    country: Option<String>,
    server: Option<&'a str>,
    headers: Headers<'a>,
    captcha: Option<&'a str>,
}

/// The headers that the call has, as a map.
struct Headers<'a>([(&'static str, Option<&'a str>); 3]);

impl Serialize for Headers<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().filter_map(|(name, value)| Some((name, (*value)?))))
    }
}

#[derive(Deserialize)]
struct ResponseValue {
    status: u16,
    headers: Vec<(String, String)>,
    body: String,
}

#[derive(Serialize)]
struct AccountValue<'a> {
    application: &'a str,
    id: &'a str,
    username: &'a str,
    email: Option<&'a str>,
    name: Option<&'a str>,
    role: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct MailValue<'a> {
    application: &'a str,
    application_name: &'a str,
    contact: &'a str,
    mail: &'static str,
    language: &'static str,
    to: &'a str,
    name: Option<&'a str>,
    links: Vec<LinkValue<'a>>,
    lifetime_minutes: u64,
    expires_at: Option<String>,
    next_link_at: Option<String>,
    notice: Option<NoticeValue>,
    subject: &'a str,
    text: &'a str,
    html: &'a str,
}

#[derive(Serialize)]
struct LinkValue<'a> {
    name: Option<&'a str>,
    link: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct NoticeValue {
    method: &'static str,
    ends_sessions: bool,
    changes: Vec<ChangeValue>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ChangeValue {
    at: String,
    is_certain: bool,
    is_first: bool,
    network: Option<String>,
    is_reported: bool,
}

#[derive(Deserialize)]
struct PartsValue {
    subject: String,
    text: String,
    html: String,
}

impl<'a> MailValue<'a> {
    fn new(application: &'a Application, mail: &'a MailToRender) -> Self {
        let links = mail.links.iter().map(|(name, link)| LinkValue { name: name.as_deref(), link });
        let change = |change: &NoticedChange| ChangeValue {
            at: change.at.rfc3339(),
            is_certain: change.outcome.is_certain(),
            is_first: change.outcome.is_first(),
            network: change.network(),
            is_reported: change.is_reported(),
        };
        let lifetime = mail.times.map_or(application.links.lifetime, |times| times.lifetime);
        let notice = mail.notice.as_ref().map(|notice| NoticeValue {
            method: match notice.method {
                ChangeMethod::Link => "link",
                ChangeMethod::SignedIn => "signed_in",
            },
            ends_sessions: notice.ends_sessions,
            changes: notice.changes.iter().map(change).collect(),
        });
        Self {
            application: application.id.as_str(),
            application_name: &application.name,
            contact: &application.mail.contact,
            mail: mail.name.as_str(),
            language: mail.language.tag(),
            to: &mail.to,
            name: mail.greeting.as_deref(),
            links: links.collect(),
            lifetime_minutes: lifetime.as_secs() / 60,
            expires_at: mail.times.map(|times| times.expires_at.rfc3339()),
            next_link_at: mail.times.and_then(|times| times.next_link_at).map(Moment::rfc3339),
            notice,
            subject: &mail.built_in.subject,
            text: &mail.built_in.text,
            html: &mail.built_in.html,
        }
    }
}
