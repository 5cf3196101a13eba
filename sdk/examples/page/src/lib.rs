//! A page that requests a reset mail, and sets the new password when the link in the mail opens it.
//! [`Client`] is the same type as in a native program, so Leptos, Yew, and Dioxus use it likewise.

#![cfg(target_arch = "wasm32")]

use relatch::{Client, Code, Error, LinkToken, Password, without_token};
use wasm_bindgen::{JsCast as _, JsValue, closure::Closure, prelude::wasm_bindgen};
use wasm_bindgen_futures::spawn_local;
use web_sys::{Document, Event, HtmlElement, HtmlFormElement, HtmlInputElement};

#[wasm_bindgen(start)]
fn start() -> Result<(), JsValue> {
    let window = web_sys::window().ok_or("this is not a page")?;
    let document = window.document().ok_or("this is not a page")?;
    let service = document.body().and_then(|body| body.get_attribute("data-service"));
    let client = Client::new(&service.ok_or("the body has no data-service")?)
        .map_err(|error| error.to_string())?;

    let url = window.location().href()?;
    // Before anything is loaded or sent: the address bar, the history, and `Referer` must not keep
    // the token.
    window.history()?.replace_state_with_url(&JsValue::NULL, "", Some(&without_token(&url)))?;
    match LinkToken::from_url(&url) {
        Ok(token) => show_reset(&document, client, token),
        Err(_) => show_forgot(&document, client),
    }
}

fn show_forgot(document: &Document, client: Client) -> Result<(), JsValue> {
    on_submit(document, "forgot", move |identifier| {
        let client = client.clone();
        async move {
            // The response is the same whether or not the account exists.
            match client.request(identifier).await {
                Ok(sent) => sent.message,
                Err(error) => error.to_string(),
            }
        }
    })
}

fn show_reset(document: &Document, client: Client, token: LinkToken) -> Result<(), JsValue> {
    on_submit(document, "reset", move |password| {
        let (client, token) = (client.clone(), token.clone());
        async move {
            match client.confirm(&token, &Password::from(password)).await {
                Ok(done) => done.message,
                Err(Error::Refused(refusal)) if refusal.code == Code::PasswordRejected => {
                    let reasons: Vec<_> = refusal.reasons.iter().map(|one| one.as_str()).collect();
                    format!("Choose another password: {}.", reasons.join(", "))
                }
                Err(error) => error.to_string(),
            }
        }
    })
}

/// Shows a form. When it is submitted, shows what `answer` makes of the value of its input.
fn on_submit<A, F>(document: &Document, id: &str, answer: A) -> Result<(), JsValue>
where
    A: Fn(String) -> F + 'static,
    F: Future<Output = String> + 'static,
{
    let element = |selector: &str| document.query_selector(selector).ok().flatten();
    let form: HtmlFormElement = element(&format!("#{id}")).ok_or("no form")?.unchecked_into();
    let input: HtmlInputElement =
        element(&format!("#{id} input")).ok_or("no input")?.unchecked_into();
    let status: HtmlElement = element("[role=status]").ok_or("no status")?.unchecked_into();
    form.set_hidden(false);
    let listener = Closure::<dyn Fn(Event)>::new(move |event: Event| {
        event.prevent_default();
        let (answer, status) = (answer(input.value()), status.clone());
        spawn_local(async move { status.set_text_content(Some(&answer.await)) });
    });
    form.add_event_listener_with_callback("submit", listener.as_ref().unchecked_ref())?;
    // The form keeps the listener as long as the page exists.
    listener.forget();
    Ok(())
}
