// Suggestions under the search box. Without this script the box is a plain form, and nothing is missing.
"use strict";

for (const box of document.querySelectorAll("input[data-suggest]")) {
  const list = document.createElement("ul");
  const told = document.createElement("span");
  let asked = 0;
  let chosen = -1;
  let timer = 0;

  list.className = "suggestions";
  list.id = `${box.id}-suggestions`;
  list.hidden = true;
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", box.labels[0].textContent);
  told.className = "hidden";
  told.setAttribute("role", "status");
  box.parentElement.append(list, told);
  for (const [name, value] of [["role", "combobox"], ["aria-autocomplete", "list"], ["aria-expanded", "false"], ["aria-controls", list.id]]) {
    box.setAttribute(name, value);
  }

  const choose = (index) => {
    chosen = index;
    [...list.children].forEach((item, at) => item.setAttribute("aria-selected", String(at === index)));
    if (index < 0) box.removeAttribute("aria-activedescendant");
    else box.setAttribute("aria-activedescendant", list.children[index].id);
  };

  const close = () => {
    list.hidden = true;
    box.setAttribute("aria-expanded", "false");
    choose(-1);
  };

  const take = (item) => {
    if (item.dataset.url) {
      location.href = item.dataset.url;
    } else {
      box.value = item.textContent;
      box.form.submit();
    }
  };

  const show = (suggestions) => {
    list.replaceChildren(...suggestions.map((suggestion, at) => {
      const item = document.createElement("li");
      item.id = `${list.id}-${at}`;
      item.setAttribute("role", "option");
      item.setAttribute("aria-selected", "false");
      item.textContent = suggestion.text;
      if (suggestion.url) item.dataset.url = suggestion.url;
      item.addEventListener("mousedown", (event) => { event.preventDefault(); take(item); });
      return item;
    }));
    if (!suggestions.length) { close(); told.textContent = ""; return; }
    list.hidden = false;
    box.setAttribute("aria-expanded", "true");
    chosen = -1;
    told.textContent = suggestions.said;
  };

  const ask = async () => {
    const words = box.value.trim();
    const turn = ++asked;
    if (words.length < 2) { show([]); return; }
    try {
      const answer = await fetch(`${box.dataset.suggest}?q=${encodeURIComponent(words)}`, { headers: { accept: "application/json" } });
      if (!answer.ok) return;
      const { suggestions, said } = await answer.json();
      if (turn === asked && document.activeElement === box) show(Object.assign(suggestions, { said }));
    } catch { close(); }
  };

  box.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(ask, 150); });
  box.addEventListener("blur", close);
  box.addEventListener("keydown", (event) => {
    if (list.hidden) return;
    const many = list.children.length;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      choose((chosen + (event.key === "ArrowDown" ? 1 : many + (chosen < 0 ? 0 : -1)) + many) % many);
    } else if (event.key === "Escape") {
      event.preventDefault();
      close();
    } else if (event.key === "Enter" && chosen >= 0) {
      event.preventDefault();
      take(list.children[chosen]);
    }
  });
}
