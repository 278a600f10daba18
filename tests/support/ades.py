"""pyHanko's own validation (ETSI EN 319 102-1) as a judge over what Signet made: nothing is fetched."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from asn1crypto import crl, x509
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import ades
from pyhanko.sign.validation.policy_decl import (
    LocalKnowledge,
    PdfSignatureValidationSpec,
    RevinfoOnlineFetchingRule,
    RevocationInfoGatheringSpec,
    SignatureValidationSpec,
)
from pyhanko_certvalidator.context import CertValidationPolicySpec
from pyhanko_certvalidator.ltv.types import ValidationTimingInfo
from pyhanko_certvalidator.policy_decl import CertRevTrustPolicy, RevocationCheckingPolicy, RevocationCheckingRule
from pyhanko_certvalidator.registry import SimpleTrustManager
from pyhanko_certvalidator.revinfo.archival import CRLContainer

from support import pki

REQUIRED = RevocationCheckingPolicy.from_legacy("hard-fail")
NOT_ASKED = RevocationCheckingPolicy(RevocationCheckingRule.NO_CHECK, RevocationCheckingRule.NO_CHECK)


def judged(
    data: bytes, at: datetime, *, crls: Sequence[bytes] = (), stampers: RevocationCheckingPolicy = REQUIRED
) -> Any:
    """Validate the first signature of a PDF with its archive, at a moment; ``ades_subindic`` says how it is.

    The root is trusted, and every certificate has to be proven not revoked, by what is in the document or ``crls``;
    ``stampers`` is how that is for those of time stampers.
    """
    trust = SimpleTrustManager.build(trust_roots=[x509.Certificate.load(pki.root().der)])

    def policy(checking: RevocationCheckingPolicy) -> CertValidationPolicySpec:
        return CertValidationPolicySpec(trust_manager=trust, revinfo_policy=CertRevTrustPolicy(checking))

    spec = SignatureValidationSpec(
        policy(REQUIRED),
        RevocationInfoGatheringSpec(online_fetching_rule=RevinfoOnlineFetchingRule.LOCAL_ONLY),
        ts_cert_validation_policy=policy(stampers),
        local_knowledge=LocalKnowledge(known_crls=[CRLContainer(crl.CertificateList.load(each)) for each in crls]),
    )
    embedded = PdfFileReader(io.BytesIO(data)).embedded_regular_signatures[0]
    moment = ValidationTimingInfo(validation_time=at, best_signature_time=at, point_in_time_validation=True)
    return asyncio.run(ades.ades_lta_validation(embedded, PdfSignatureValidationSpec(spec), moment))
