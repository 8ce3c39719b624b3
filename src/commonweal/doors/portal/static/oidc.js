// Back from the identity provider: this site's own page sends the form on, so that its own cookies go with it.
document.querySelector("form[data-onward]")?.submit();
