// The official JavaScript SDK as an oracle for both_ways.py: Raw AES and Raw RSA keyrings; it has no Raw ECDH keyring.
'use strict'
const crypto = require('crypto')
const fs = require('fs')
const path = require('path')
const { createRequire } = require('module')

const [modules, folder, out] = process.argv.slice(2)
const sdk = createRequire(path.resolve(modules, 'index.js'))('@aws-crypto/client-node')
const { RawAesKeyringNode, RawRsaKeyringNode, RawAesWrappingSuiteIdentifier, AlgorithmSuiteIdentifier } = sdk
const { encrypt, decrypt } = sdk.buildClient(sdk.CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT)
const keys = JSON.parse(fs.readFileSync(path.join(folder, 'keys.json')))
const digest = (data) => crypto.createHash('sha256').update(data).digest('hex')

function keyring (kind, oaepHash = 'sha256') {
  const key = keys[kind]
  if (kind === 'aes') {
    return new RawAesKeyringNode({
      keyNamespace: key.namespace,
      keyName: key.name,
      unencryptedMasterKey: new Uint8Array(Buffer.from(key.key, 'base64')),
      wrappingSuite: RawAesWrappingSuiteIdentifier.AES256_GCM_IV12_TAG16_NO_PADDING,
      utf8Sorting: true
    })
  }
  const rsaKey = { publicKey: key.public, privateKey: key.private }
  return new RawRsaKeyringNode({ keyNamespace: key.namespace, keyName: key.name, rsaKey, oaepHash })
}

async function main () {
  const opened = []
  for (const each of JSON.parse(fs.readFileSync(path.join(folder, 'manifest.json')))) {
    const kinds = each.kind === 'all' ? ['aes', 'rsa'] : ['aes', 'rsa'].filter((kind) => kind === each.kind)
    for (const kind of kinds) {
      let ok = false
      try {
        const { plaintext, messageHeader } = await decrypt(keyring(kind), fs.readFileSync(each.path))
        const context = messageHeader.encryptionContext
        ok = digest(plaintext) === each.sha256 &&
          Object.entries(each.context).every(([name, value]) => context[name] === value)
      } catch (error) {
        console.error(`  ${each.path} by ${kind}: ${error.message}`)
      }
      opened.push({ kind: each.kind === 'all' ? `all by ${kind}` : kind, ok })
    }
  }
  const written = []
  const suites = [
    AlgorithmSuiteIdentifier.ALG_AES256_GCM_IV12_TAG16_HKDF_SHA512_COMMIT_KEY,
    AlgorithmSuiteIdentifier.ALG_AES256_GCM_IV12_TAG16_HKDF_SHA512_COMMIT_KEY_ECDSA_P384
  ]
  for (const [kind, hash] of [['aes'], ['rsa', 'sha256'], ['rsa', 'sha1'], ['rsa', 'sha384'], ['rsa', 'sha512']]) {
    for (const size of [0, 1, 4096, 65536, 200001]) {
      for (const [number, context] of [{}, { note: 'für beide' }, { b: '2', a: '1' }].entries()) {
        for (const suiteId of suites) {
          const plain = Buffer.from(Array.from({ length: size }, (_, index) => index % 253))
          const { result } = await encrypt(keyring(kind, hash), plain, {
            encryptionContext: context, suiteId, frameLength: 65536
          })
          const file = path.join(out, `${kind}${hash || ''}-${size}-${number}-${suiteId.toString(16)}.esdk`)
          fs.writeFileSync(file, result)
          written.push({ kind: hash ? `${kind} ${hash}` : kind, path: file, sha256: digest(plain) })
        }
      }
    }
  }
  console.log(JSON.stringify({ opened, written }))
}

main().catch((error) => { console.error(error); process.exit(1) })
