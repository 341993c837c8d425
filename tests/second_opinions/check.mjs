// Checks a checkpoint's note and an inclusion proof with @sigstore/verify, as npm brings it: node check.mjs FOLDER ASKED
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import { createPublicKey } from "node:crypto";

const [folder, asked] = process.argv.slice(2);
const require = createRequire(`${folder}/`);
const { verifyCheckpoint } = require(`${folder}/dist/tlog/checkpoint.js`);
const { verifyMerkleInclusion } = require(`${folder}/dist/tlog/merkle.js`);
const said = JSON.parse(readFileSync(asked, "utf8"));
const der = Buffer.concat([Buffer.from("302a300506032b6570032100", "hex"), Buffer.from(said.key, "hex")]);
const log = {
  publicKey: createPublicKey({ key: der, format: "der", type: "spki" }),
  baseURL: said.name,
  logID: Buffer.from(said.key_id, "hex"),
  validFor: { start: new Date(0), end: new Date(8.64e15) },
};
const entry = {
  logIndex: said.index,
  integratedTime: "1700000000",
  canonicalizedBody: Buffer.from(said.entry, "hex"),
  inclusionProof: {
    logIndex: said.index,
    treeSize: said.size,
    rootHash: Buffer.from(said.root, "hex"),
    hashes: said.hashes.map((each) => Buffer.from(each, "hex")),
    checkpoint: { envelope: said.note },
  },
};
const checkpoint = verifyCheckpoint(entry, [log]);
verifyMerkleInclusion(entry, checkpoint);
