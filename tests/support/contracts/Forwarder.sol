// SPDX-License-Identifier: MIT
pragma solidity ^0.8.20;

/// Ether that moves inside contracts, as exchanges pay it out.
contract Forwarder {
    receive() external payable {}

    function payAll(address payable[] calldata to, uint256[] calldata value) external payable {
        for (uint256 i = 0; i < to.length; i++) pay(to[i], value[i]);
    }

    /// The whole transaction fails.
    function payAndFail(address payable to, uint256 value) external payable {
        pay(to, value);
        revert("taken back");
    }

    /// The transaction succeeds; what was paid in it was taken back.
    function payAndTakeBack(address payable to, uint256 value) external payable {
        try this.payAndFail(to, value) {} catch {}
    }

    function end(address payable to) external payable {
        selfdestruct(to);
    }

    function pay(address payable to, uint256 value) private {
        (bool done, ) = to.call{value: value}("");
        require(done, "not taken");
    }
}
