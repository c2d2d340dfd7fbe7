// Signs in to Swagger UI with client credentials and executes one operation, the way a person who
// has just found the service does. Called by swagger_ui.sh, which finds the browser and the tools.
import { mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";

const [screenshot, baseUrl, operationId = "list_programmes"] =
  process.argv.slice(2);
const client = { clientId: process.env.DEMO_ID, clientSecret: process.env.DEMO_SECRET };
if (!baseUrl || !client.clientId || !client.clientSecret) {
  console.error("usage: DEMO_ID=… DEMO_SECRET=… swagger_ui.sh BASE_URL [OPERATION_ID]");
  process.exit(2);
}
// The tools are not in a directory above this file, where `import` would look for them.
const require = createRequire(join(process.env.BROBYGGER_TOOLS, "npm", "package.json"));
const { chromium } = require("playwright-core");

const profile = mkdtempSync(join(tmpdir(), "brobygger-chromium-"));
const context = await chromium.launchPersistentContext(profile, {
  executablePath: process.env.BROWSER_EXECUTABLE,
  headless: true,
  viewport: { width: 1280, height: 1600 },
  // No sandbox: CI runs as root in a container. No background networking: the browser's own calls
  // to its maker have no business in a test.
  args: [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
  ],
});

const problems = [];
let failure;
const page = context.pages()[0] ?? (await context.newPage());
page.setDefaultTimeout(20_000);
// Everything comes from the service itself: a county's network has no way out.
const origin = new URL(baseUrl).origin;
page.on("request", (request) => {
  const url = new URL(request.url());
  if (url.protocol.startsWith("http") && url.origin !== origin) {
    problems.push(`the page asked another host: ${url.origin}${url.pathname}`);
  }
});
page.on("pageerror", (error) => problems.push(`script error: ${error.message}`));
page.on("console", (message) => {
  // A Content-Security-Policy that is too strict shows here and nowhere else.
  if (message.type() === "error") problems.push(`console: ${message.text()}`);
});

try {
  await page.goto(new URL("/docs/", baseUrl).href);

  await page.locator(".scheme-container .btn.authorize").first().click();
  const dialog = page.locator(".dialog-ux");
  // The document may offer other ways to sign in in the same dialog.
  const flow = dialog
    .locator(".auth-container", { has: page.locator('input[data-name="clientId"]') })
    .first();
  await flow.locator('input[data-name="clientId"]').fill(client.clientId);
  await flow.locator('input[data-name="clientSecret"]').fill(client.clientSecret);
  const all = flow.getByText("select all", { exact: true });
  if (await all.count()) await all.first().click();
  await flow.locator(".auth-btn-wrapper .authorize").click();
  // Swagger UI says "Logout" when it has a token, and shows the error when it has none.
  const errors = dialog.locator(".errors");
  await dialog
    .getByRole("button", { name: /logout|remove authorization/i })
    .or(errors)
    .first()
    .waitFor();
  if (await errors.count()) {
    throw new Error(`sign-in failed: ${await errors.first().innerText()}`);
  }
  await dialog.locator(".btn-done").first().click();

  const operation = page.locator(`.opblock[id$="-${operationId}"]`);
  await operation.locator(".opblock-summary-control").first().click();
  const tryOut = operation.locator(".try-out__btn");
  if (/try it out/i.test(await tryOut.innerText())) await tryOut.click();
  await operation.locator(".btn.execute").click();
  const status = operation.locator(".live-responses-table .response .response-col_status").first();
  await status.waitFor();
  const shown = (await status.innerText()).trim().split(/\s/)[0];
  if (shown !== "200") {
    const body = await operation.locator(".live-responses-table .response").first().innerText();
    throw new Error(`${operationId} shows ${shown} instead of 200:\n${body}`);
  }
  await operation.scrollIntoViewIfNeeded();
} catch (error) {
  failure = error;
} finally {
  await page.screenshot({ path: screenshot }).catch(() => {});
  await context.close();
  rmSync(profile, { recursive: true, force: true, maxRetries: 3 });
}

for (const problem of problems) console.error(problem);
if (failure) console.error(failure.message);
if (failure || problems.length > 0) process.exit(1);
console.log(`Swagger UI: signed in, ${operationId} answered 200 (${screenshot})`);
