//! The first flow for a portal: what `rinnova new` writes, with a word on every part. It checks without a doubt, so
//! that every later doubt is about what the author wrote.

/// A commented flow called `name` for the portal at `portal`.
#[must_use]
pub fn text(name: &str, portal: &str) -> String {
    TEMPLATE.replace("{name}", &quoted(name)).replace("{portal}", &quoted(portal))
}

/// A text that may stand between the quotation marks of TOML.
fn quoted(text: &str) -> String {
    text.chars()
        .flat_map(|letter| match letter {
            '"' | '\\' => vec!['\\', letter],
            letter if letter.is_control() => Vec::new(),
            letter => vec![letter],
        })
        .collect()
}

const TEMPLATE: &str = r#"#:schema ./flow.schema.json
# A flow: how rinnova goes through one web portal. Check it with `rinnova lint`.
format   = 1
title    = "{name}"
portal   = "{portal}"   # an origin: no path
language = "en"                             # the browser asks for pages in this language; texts here are in it
timezone = "UTC"                            # where the portal counts its days: "Europe/Rome"

# What the holder supplies. Values never stand in a flow: they come from the account's settings.
[inputs]
user_id  = { example = "user0001" }
password = { secret = true }
# otp    = { code = true }                  # a one-time code, asked for when it is needed

# What is read from the portal.
[outputs]
expires = { date = "%d/%m/%Y" }

# A task is a sequence of stages; a stage is one screen of the portal, with one picture.
[task.status]
stages = ["login", "certificate"]

# A task with a step that cannot be undone (`commit = "…"`) should prove what it did:
# [renewal]
# task     = "renew"
# status   = "status"
# rehearse = { until = "…" }                # the last stage that a rehearsal enters
# expires  = "expires"
# gains    = "2y"                           # renewed means that the date moved forward by this much
# opens    = "90d"                          # before expiry
# closes   = "1d"
# before   = "30d"

# What the portal may say instead, and how a run that meets it ends.
[[state]]
verdict = "rejected"
tasks   = ["status"]
stages  = ["login"]
when    = { text = "/wrong (user|password)/i" }

# Banners that may appear at any time.
[[interrupt]]
when  = { dialog = "/cookie/i" }
steps = [{ click = { button = "/necessary|reject/i" } }]

[[stage]]
id    = "login"
title = "Sign in"
steps = [
  { open = "/" },
  { fill = "User ID", with = "${user_id}" },        # a field by what a person reads beside it
  { fill = "Password", with = "${password}" },      # a secret stands alone
  { click = { button = "Sign in" } },
  { expect = "Welcome" },
]

[[stage]]
id    = "certificate"
title = "Read the expiry"
steps = [
  { click = "Certificate" },
  { read = "expires", from = { after = "Expires" } },
]
"#;
