// A terminal client that is not ours: Adyen's own library, as published. One JSON job a line in, one JSON answer a line out.
"use strict";
const readline = require("node:readline");
const https = require("node:https");
const fs = require("node:fs");
const { Client, Config, NexoCrypto, TerminalLocalAPI, Types } = require("@adyen/api-library");
const TerminalLocalAPIUnencrypted = require("@adyen/api-library/lib/src/services/terminalLocalAPIUnencrypted").default;
const { ObjectSerializer } = Types.terminal;
const { EnvironmentEnum } = require("@adyen/api-library/lib/src/config");

function client(job) {
  const config = new Config({ apiKey: "none", environment: EnvironmentEnum.TEST });
  config.certificatePath = job.ca;
  config.terminalApiLocalEndpoint = `https://${job.host}`;
  config.connectionTimeoutMillis = 20000;
  return new Client(config);
}

function roundTrip({ message, kind }) {
  return JSON.parse(JSON.stringify(ObjectSerializer.serialize(ObjectSerializer.deserialize(message, kind), kind)));
}

// The library writes to /nexo/ only; this is the same secured request, chunked, to any path.
function post(job) {
  const request = ObjectSerializer.serialize(ObjectSerializer.deserialize(job.message, "TerminalApiRequest"), "TerminalApiRequest");
  const secured = NexoCrypto.encrypt(request.SaleToPOIRequest.MessageHeader, JSON.stringify(request), job.key);
  return new Promise((resolve, reject) => {
    const call = https.request(
      { host: job.host, port: 8443, path: job.path, method: "POST", ca: fs.readFileSync(job.ca), checkServerIdentity: () => undefined },
      (answer) => {
        let text = "";
        answer.on("data", (piece) => (text += piece));
        answer.on("end", () => {
          const opened = new NexoCrypto().decrypt(JSON.parse(text).SaleToPOIResponse, job.key);
          resolve({ chunked: call.useChunkedEncodingByDefault && !call.getHeader("content-length"), answer: JSON.parse(opened) });
        });
      },
    );
    call.on("error", reject);
    call.write(JSON.stringify({ SaleToPOIRequest: secured }));
    call.end();
  });
}

const JOBS = {
  "round trip": roundTrip,
  encrypt: ({ header, text, key }) => NexoCrypto.encrypt(header, text, key),
  decrypt: ({ secured, key }) => new NexoCrypto().decrypt(secured, key),
  request: async (job) => {
    const asked = ObjectSerializer.deserialize(job.message, "TerminalApiRequest");
    const answer = job.key
      ? await new TerminalLocalAPI(client(job)).request(asked, job.key)
      : await new TerminalLocalAPIUnencrypted(client(job)).request(asked);
    return ObjectSerializer.serialize(answer, "TerminalApiResponse") ?? null;
  },
  post,
};

(async () => {
  for await (const line of readline.createInterface({ input: process.stdin })) {
    const job = JSON.parse(line);
    let told;
    try {
      told = { answer: await JOBS[job.job](job) };
    } catch (error) {
      told = { error: `${error.name}: ${error.message}` };
    }
    process.stdout.write(JSON.stringify(told) + "\n");
  }
})();
