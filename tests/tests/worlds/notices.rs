//! The notice of a changed password: its recipient and the limit on its number.

use libtest_mimic::Trial;
use relatch_domain::mail::failure::MailFailure;
use relatch_tests::trials::trial;
use relatch_tests::world::{AccountChange, in_memory};

use crate::support::{MINUTE, NEW};

pub fn trials() -> Vec<Trial> {
    vec![
        trial(
            "in process: a notice goes to the address that the account had at the change",
            earlier_address,
        ),
        trial("in process: further changes of an hour share one notice", shared_notice),
    ]
}

async fn earlier_address() {
    let (world, memory) = in_memory(&[]);
    let (peter, john) = (world.new_person().await, world.new_person().await);
    let session = world.open_session(&peter).await;
    let token = world.token_for(&john).await;
    memory.fail_mail(Some(MailFailure::ConnectFailed));
    assert_eq!(world.change_password(&session, &peter.password, NEW).await.status, 200);
    assert_eq!(world.confirm(&token, NEW).await.status, 200);
    for person in [&peter, &john] {
        world.update_account(person, AccountChange::Email("thief@evil.example")).await;
    }
    memory.fail_mail(None);
    memory.advance(5 * MINUTE).await;
    let notice = world.wait_for_mail(peter.address(), 1).await;
    assert!(notice.subject.contains("changed"), "{}", notice.subject);
    assert!(!notice.text.contains(&peter.username), "the name may be another person's now");
    world.wait_for_mail(john.address(), 2).await;
    assert!(world.mails_to("thief@evil.example").await.is_empty());
    assert!(!memory.everything_stored().contains(peter.address()), "the address is encrypted");
}

async fn shared_notice() {
    let (world, memory) = in_memory(&[]);
    let peter = world.new_person().await;
    let session = world.open_session(&peter).await;
    let mut password = peter.password.clone();
    for number in 0..6 {
        let next = format!("quite a new passphrase {number}");
        assert_eq!(world.change_password(&session, &password, &next).await.status, 200);
        password = next;
        memory.advance(MINUTE).await;
    }
    assert_eq!(world.mails_to(peter.address()).await.len(), 3);
    memory.advance(60 * MINUTE).await;
    let notice = world.wait_for_mail(peter.address(), 4).await;
    assert!(notice.text.contains("was changed 3 times"), "{}", notice.text);
    assert_eq!(notice.text.matches("UTC").count(), 3, "{}", notice.text);
    memory.advance(60 * MINUTE).await;
    assert_eq!(world.mails_to(peter.address()).await.len(), 4);
}
