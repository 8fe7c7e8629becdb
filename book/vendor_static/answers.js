// Answers wait until the reader has one: what follows "Predict" is shown on demand, and a self-test keeps count.
// Without this script, and on paper, everything is there.

/** The answer to a prompt: all that is printed before the next text, and the paragraph that reads it aloud. */
function answerTo(prompt) {
  let next = prompt.nextElementSibling;
  while (next && !next.querySelector(":scope > .cell_output")) next = next.nextElementSibling;
  const outputs = [];
  for (; next?.matches(".cell"); next = next.nextElementSibling) {
    outputs.push(...next.querySelectorAll(":scope > .cell_output"));
  }
  const toTry = outputs.some((output) => output.querySelector("script, .explorer")); // and not to be hidden
  const answer = toTry ? [] : outputs;
  return outputs.length && next?.matches("p") ? [...answer, next] : answer;
}

function holdBack(answer) {
  const button = document.createElement("button");
  const reveal = () => {
    answer.forEach((part) => part.removeAttribute("hidden"));
    button.remove();
  };
  Object.assign(button, { type: "button", className: "reveal", textContent: "I have an answer: show the result" });
  button.addEventListener("click", () => {
    reveal();
    answer[0].tabIndex = -1; // where the button was, a reader with a keyboard goes on
    answer[0].focus({ preventScroll: true });
  });
  for (const part of answer) {
    part.classList.add("answer");
    part.setAttribute("hidden", "until-found"); // the browser's own search finds it, and shows it
    part.addEventListener("beforematch", reveal);
  }
  answer[0].before(button);
}

/** How many questions have been tried, and how many were right at once. */
function keepCount(questions) {
  const score = Object.assign(document.createElement("p"), { className: "self-test-score" });
  score.setAttribute("role", "status");
  questions.at(-1).after(score);
  const first = new Map();
  for (const question of questions) {
    for (const option of question.querySelectorAll("details")) {
      option.addEventListener("toggle", () => {
        if (!option.open || first.has(question)) return;
        first.set(question, option.matches(".self-test-right"));
        const right = [...first.values()].filter(Boolean).length;
        score.textContent = `${first.size} of ${questions.length} tried, ${right} right at once.`;
      });
    }
  }
}

document.addEventListener("DOMContentLoaded", () => {
  const prompts = [...document.querySelectorAll("article section > p > strong")]
    .filter((strong) => /^(Predict|Guess|Before you run)/.test(strong.textContent));
  prompts.map((strong) => answerTo(strong.parentElement)).filter((answer) => answer.length).forEach(holdBack);
  const questions = [...document.querySelectorAll(".self-test")];
  if (questions.length) keepCount(questions);
});
