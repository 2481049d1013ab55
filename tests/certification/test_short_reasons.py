"""What crds certify says is told without the headers and tables of values it quotes."""

from mkrefs.certification.certify import _messages


def test_the_quoted_header_is_left_out_of_a_failed_insertion():
    message = (
        "Failed inserting 'rn' into rmap: 'x.rmap' with header:\n {'AUTHOR': 'me',\n"
        " 'HISTORY': 'a'} \n\nparkey: \"...\" \nvalid_values:\n {'N/A': ()} \n : \n"
        "----------------------------------------\nMatch case\n('NRCA1', 'RAPID')\nis an equal weight "
        "special case of\n('NRCA1', '*')\nCancel the submission\n----------------------------------------\n"
    )
    expected = (
        "Failed inserting 'rn' into rmap: 'x.rmap': Match case ('NRCA1', 'RAPID') "
        "is an equal weight special case of ('NRCA1', '*') Cancel the submission"
    )
    assert _messages([message], ()) == (expected,)
    assert _messages([" ".join(message.replace("-" * 40, "").split())], ()) == (expected,)
